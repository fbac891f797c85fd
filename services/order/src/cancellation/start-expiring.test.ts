import type { SqlClient } from '@lmt/postgres';
import { createStallDetector } from '@lmt/resilience';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

it('continues after a failure, and logs the outage once', async () => {
  let isDown = true;
  let searches = 0;
  const unused = () => Promise.reject(new Error('no order has expired'));
  const database: SqlClient = {
    async $queryRawUnsafe<T>(): Promise<T> {
      searches += 1;
      if (isDown) throw new Error('down');
      return [] as T;
    },
    $executeRawUnsafe: unused,
    $transaction: unused,
    $disconnect: unused,
  };
  const { logger, lines } = recordLog();
  const stallDetector = createStallDetector({ activity: 'expiring orders' });
  const stop = startExpiring({ database, afterSeconds: 60, logger, stallDetector });
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
