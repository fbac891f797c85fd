import { COUNT_SESSION_SETTINGS } from '@lmt/outbox';
import { createSql, databaseFailure, openPool } from '@lmt/postgres';
import { connectOrderDatabase } from '@lmt/prisma-order';
import { retryOnConflict } from '@lmt/resilience';
import type { Logger, PoolUsage } from '@lmt/service-kit';

/**
 * Settings of every database session. The service's own transactions hold row locks for
 * milliseconds, so a lock held longer than a second belongs to a forgotten or crashed session.
 */
export const SESSION_SETTINGS = { lock_timeout: '1000' } as const;

/**
 * Settings of the sessions for public reads. A list reads a bounded number of orders in the order of
 * an index. If the statistics know few orders of a customer, the planner may choose a bitmap scan,
 * which reads and sorts all of them.
 */
export const READ_SESSION_SETTINGS = { enable_bitmapscan: 'off' } as const;

/**
 * Settings of the sessions for results and operators' decisions, which find all rows by their ids. For
 * `id = ANY($1)` the planner would plan every execution anew, because it expects more ids than most
 * calls have. That is a quarter of the server's CPU time for a lone result.
 */
export const INTERNAL_SESSION_SETTINGS = { plan_cache_mode: 'force_generic_plan' } as const;

/** Deadline for the response to a client. A stalled database returns neither result nor error. */
export const ANSWER_MS = 10_000;

/** Limits of the queues whose requests share transactions. */
export const SHARED_TRANSACTION = { maxItems: 256, maxWaiting: 10_000 } as const;

/**
 * Connects four pools, so neither public reads, the internal port (results, operators), nor the
 * counts for operators and logs can use up the connections that place and cancel orders.
 */
export function connectDatabases(
  url: string,
  logger: Logger,
  onStop: (step: string, stop: () => unknown) => void,
  watchPool: (name: string, pool: PoolUsage) => void = () => {},
) {
  const toOptions = (name: string, poolSize: number, settings: Readonly<Record<string, string>> = {}) => ({
    url,
    applicationName: 'lmt-order',
    poolSize,
    sessionSettings: { ...SESSION_SETTINGS, ...settings },
    onConnectionError: (err: Error) => logger.debug({ err }, 'database connection lost'),
    onOpen: (pool: PoolUsage) => watchPool(name, pool),
  });
  function register<Client extends { $disconnect(): Promise<void> }>(name: string, client: Client): Client {
    onStop(name, () => client.$disconnect());
    return client;
  }
  return {
    // Placing and cancelling run one transaction each. The third connection is for /readyz.
    database: register('database', connectOrderDatabase(toOptions('database', 3))),
    internalPool: register(
      'internal',
      createSql(openPool(toOptions('internal', 4, INTERNAL_SESSION_SETTINGS))),
    ),
    readPool: register('reads', connectOrderDatabase(toOptions('reads', 3, READ_SESSION_SETTINGS))),
    countPool: register('counts', createSql(openPool(toOptions('counts', 2, COUNT_SESSION_SETTINGS)))),
  };
}

/** Runs a transaction, or a statement that is one, and retries it after a conflict with another one. */
export function retryConflicts<T>(run: () => Promise<T>): Promise<T> {
  return retryOnConflict(run, { isConflict: (error) => databaseFailure(error) === 'conflict' });
}

/** Runs `work` in one transaction and retries it after a conflict with another one. */
export function inTransaction<Tx, T>(
  database: { $transaction<R>(work: (tx: Tx) => Promise<R>): Promise<R> },
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return retryConflicts(() => database.$transaction(work));
}

/** How a transaction treats rows that another transaction has locked. */
export type LockMode = 'wait' | 'skip';

/**
 * Runs `work` and waits for locked rows. If the session's `lock_timeout` expires, runs `work` once
 * more and skips locked rows. A forgotten transaction therefore blocks only the rows that it has
 * locked. Other rows in the same batch are delayed by that second.
 */
export async function retrySkippingLocked<T>(work: (lockMode: LockMode) => Promise<T>): Promise<T> {
  try {
    return await work('wait');
  } catch (error) {
    if (databaseFailure(error) !== 'locked') throw error;
    return work('skip');
  }
}
