import { createStallDetector } from '@lmt/resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordLog } from '../logging/recorded-log.fixture.js';
import { exitOnStuckWork } from './exit-on-stuck-work.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECONDS = 1_000;
const MINUTES = 60_000;

function start() {
  const { lines: log, logger } = recordLog();
  const placing = createStallDetector({ activity: 'placing orders' });
  const cancelling = createStallDetector({ activity: 'cancelling orders' });
  let databaseReason: string | null = null;
  let exits = 0;
  exitOnStuckWork({
    work: new Map(Object.entries({ placing, cancelling })),
    database: () => async () => databaseReason,
    logger,
    exit: () => {
      exits += 1;
    },
  });
  const fail = () => placing.track(() => Promise.reject(new Error('cached plan'))).catch(() => {});
  return {
    log,
    exits: () => exits,
    placing,
    cancelling,
    setDatabase: (reason: string | null) => {
      databaseReason = reason;
    },
    /** Fails an attempt every `everyMs` for the given time. */
    async failFor(ms: number, everyMs = 5 * SECONDS) {
      for (let passed = 0; passed < ms; passed += everyMs) {
        await fail();
        await vi.advanceTimersByTimeAsync(everyMs);
      }
    },
  };
}

describe('exitOnStuckWork', () => {
  it('stuck-but-healthy: exits after five minutes of failure while the database answers', async () => {
    const { log, exits, failFor } = start();
    await failFor(5 * MINUTES);
    expect(exits()).toBe(0);
    await failFor(MINUTES);
    expect(exits()).toBe(1);
    expect(log).toEqual([
      expect.objectContaining({
        level: 'fatal',
        work: 'placing',
        reason: expect.stringMatching(/^placing orders: failing for \d+ s; see the log$/),
        failingForSeconds: 300,
      }),
    ]);
  });

  it('stuck-but-healthy: exits when an attempt hangs for five minutes', async () => {
    const { exits, cancelling } = start();
    void cancelling.track(() => new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(6 * MINUTES);
    expect(exits()).toBe(1);
  });

  it('stuck-but-healthy: counts a failure that is retried with a long back-off as uninterrupted', async () => {
    const { exits, failFor } = start();
    await failFor(6 * MINUTES, 29 * SECONDS);
    expect(exits()).toBe(1);
  });

  it('stuck-but-healthy: one success restarts the five minutes', async () => {
    const { exits, failFor, placing } = start();
    await failFor(5 * MINUTES);
    await placing.track(async () => {});
    await failFor(5 * MINUTES);
    expect(exits()).toBe(0);
    await failFor(MINUTES);
    expect(exits()).toBe(1);
  });

  it('stuck-but-healthy: does not exit while the database is down, nor soon after it returns', async () => {
    const { exits, failFor, setDatabase } = start();
    await failFor(4 * MINUTES);
    setDatabase('connection refused');
    await failFor(60 * MINUTES);
    setDatabase(null);
    await failFor(4 * MINUTES);
    expect(exits()).toBe(0);
  });

  it('stuck-but-healthy: does not exit while there is no work', async () => {
    const { exits, failFor } = start();
    await failFor(MINUTES);
    await vi.advanceTimersByTimeAsync(60 * MINUTES);
    expect(exits()).toBe(0);
  });
});
