import { describe, expect, it } from 'vitest';
import { createLogger } from '../logging/create-logger.js';
import { exitOnClockStep } from './exit-on-clock-step.js';

function watch() {
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line)) };
  const exits: number[] = [];
  let wall = Date.parse('2026-01-01T00:00:00Z');
  let monotonic = 5_000;
  let look = () => {};
  exitOnClockStep(createLogger({ service: 'test', level: 'info', format: 'json', stream }), {
    wallNow: () => wall,
    monotonicNow: () => monotonic,
    every: (_ms, looking) => {
      look = looking;
    },
    exit: (code) => exits.push(code),
  });
  return {
    log,
    exits,
    /** One look later: both clocks have gone on, and the wall clock was set besides. */
    pass(ms: number, steppedMs = 0) {
      monotonic += ms;
      wall += ms + steppedMs;
      look();
    },
  };
}

describe('exitOnClockStep', () => {
  it.each([
    ['back by a minute', -60_000, -60],
    ['forward by an hour', 3_600_000, 3_600],
    ['back by a little more than a second', -1_001, -1],
    ['forward by a little more than a second', 1_001, 1],
  ])('ends the process when the clock is stepped %s, and says by how much', (_, steppedMs, seconds) => {
    const { pass, exits, log } = watch();
    pass(1_000);
    pass(1_000, steppedMs);
    expect(exits).toEqual([1]);
    expect(log).toMatchObject([{ level: 'fatal', steppedBySeconds: seconds }]);
  });

  it('lets a process go on that was stopped, however long', () => {
    const { pass, exits } = watch();
    pass(3_600_000);
    expect(exits).toEqual([]);
  });

  it('follows a clock that is slewed, or corrected by little at a time', () => {
    const { pass, exits } = watch();
    for (let second = 0; second < 1_000; second += 1) pass(1_000, second % 2 === 0 ? 900 : 500);
    expect(exits).toEqual([]);
  });

  it('keeps no process alive by itself', () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    exitOnClockStep(createLogger({ service: 'test', level: 'silent', format: 'json' }));
    const after = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    expect(after).toBe(before);
  });
});
