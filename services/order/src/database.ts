import {
  connectOrderDatabase,
  databaseFailure,
  type OrderDatabase,
  type OrderTransaction,
} from '@lmt/prisma-order';
import { retryOnConflict } from '@lmt/resilience';
import type { Logger } from '@lmt/service-kit';

/**
 * Settings of every session. The service's transactions hold a row for milliseconds, so a lock held
 * longer than a second belongs to a forgotten or crashed session.
 */
export const SESSION_SETTINGS = { lock_timeout: '1000' } as const;

/** Longest time a client waits. A stalled database returns neither a result nor an error. */
export const ANSWER_MS = 10_000;

/** Limits of the queues whose requests share transactions. */
export const SHARED_TRANSACTION = {
  maxItems: 256,
  maxWaiting: 10_000,
  // The client has its 503 by then and may have retried without a key.
  maxWaitMs: ANSWER_MS,
} as const;

/** Two pools: public reads must not use up the connections of the writes. */
export function connectDatabases(url: string, logger: Logger) {
  const connect = (poolSize: number): OrderDatabase =>
    connectOrderDatabase({
      url,
      applicationName: 'lmt-order',
      poolSize,
      sessionSettings: SESSION_SETTINGS,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
  return { database: connect(6), readPool: connect(3) };
}

/** Runs `work` in one transaction, and retries it if a concurrent transaction conflicts. */
export function inTransaction<T>(
  database: OrderDatabase,
  work: (tx: OrderTransaction) => Promise<T>,
): Promise<T> {
  const isConflict = (error: unknown) => databaseFailure(error) === 'conflict';
  return retryOnConflict(() => database.$transaction(work), { isConflict });
}

/** How a transaction treats rows that another transaction has locked. */
export type LockMode = 'wait' | 'skip';

/**
 * Runs `work` waiting for locked rows, up to the session's `lock_timeout`. If that expires, `work`
 * runs once more without the locked rows. So a forgotten transaction blocks its own rows, and
 * delays for that second the rows that share a batch with them, but nothing else.
 */
export async function retrySkippingLocked<T>(work: (lockMode: LockMode) => Promise<T>): Promise<T> {
  try {
    return await work('wait');
  } catch (error) {
    if (databaseFailure(error) !== 'locked') throw error;
    return work('skip');
  }
}
