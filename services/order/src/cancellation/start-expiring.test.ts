import type { SqlClient } from '@lmt/postgres';
import { createStallDetector } from '@lmt/resilience';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EXPIRY_BATCH, FIRST_ID } from './expire-orders.js';
import { expiryPauseMs, startExpiring } from './start-expiring.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('searches more often if orders have less time', () => {
  expect([0.1, 5, 10, 60, 100, 86_400].map(expiryPauseMs)).toEqual([
    1_000, 1_000, 1_000, 6_000, 10_000, 10_000,
  ]);
});

const unused = () => Promise.reject(new Error('not used'));

/** Starts with a database that answers each search with `find`, which gets the id to begin after. */
function start(find: (after: unknown) => Promise<unknown[]>) {
  const { logger, lines } = recordLog();
  const database: SqlClient = {
    $queryRawUnsafe: async <T>(_statement: string, after: unknown) => (await find(after)) as T,
    $executeRawUnsafe: unused,
    $transaction: async <T>() => ({ orders: [], takenBack: 0 }) as T,
    $disconnect: unused,
  };
  const stallDetector = createStallDetector({ activity: 'expiring orders' });
  return { lines, stop: startExpiring({ database, afterSeconds: 60, logger, stallDetector }) };
}

it('searches at once after a full batch, from its last order, and then from the beginning', async () => {
  const full = Array.from({ length: EXPIRY_BATCH }, (_, index) => ({ id: `${index}`, isExpired: true }));
  const searches: unknown[] = [];
  const { stop } = start(async (after) => {
    searches.push(after);
    return searches.length === 1 ? full : [];
  });
  await vi.advanceTimersByTimeAsync(5_999);
  expect(searches).toEqual([FIRST_ID, `${EXPIRY_BATCH - 1}`]);
  await vi.advanceTimersByTimeAsync(1);
  expect(searches.at(-1)).toBe(FIRST_ID);
  await stop();
});

it('ends after the search in flight', async () => {
  let searches = 0;
  let answer = () => {};
  const { stop } = start(() => {
    searches += 1;
    return new Promise((resolve) => (answer = () => resolve([])));
  });
  const stopped = stop();
  answer();
  await stopped;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(searches).toBe(1);
});

it('continues after a failure, and logs the outage once', async () => {
  let isDown = true;
  let searches = 0;
  const { stop, lines } = start(async () => {
    searches += 1;
    if (isDown) throw new Error('down');
    return [];
  });
  await vi.advanceTimersByTimeAsync(6_000);
  expect(searches).toBe(2);
  isDown = false;
  await vi.advanceTimersByTimeAsync(12_000);
  expect(searches).toBe(4);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'expired orders cannot be cancelled; retrying',
    'expired orders are cancelled again',
  ]);
  await stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(searches).toBe(4);
});
