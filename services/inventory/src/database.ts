import { createSql, openPool } from '@lmt/postgres';
import { connectInventoryDatabase, type InventoryDatabase } from '@lmt/prisma-inventory';
import type { Logger, PoolUsage } from '@lmt/service-kit';

/**
 * Settings of every database session. The service's own transactions hold row locks for
 * milliseconds, so a lock held longer than a second belongs to a forgotten or crashed session.
 */
export const SESSION_SETTINGS = { lock_timeout: '1000' } as const;

/**
 * Settings of the consumer's sessions. Its statements find all rows by their keys. For arrays, the
 * planner would plan every execution anew.
 */
export const CONSUMER_SESSION_SETTINGS = {
  ...SESSION_SETTINGS,
  plan_cache_mode: 'force_generic_plan',
} as const;

/**
 * Connects three pools, so that neither public reads, nor operators' adjustments that wait for
 * locked stock, use up the consumer's connections.
 */
export function connectDatabases(
  url: string,
  logger: Logger,
  onStop: (step: string, stop: () => unknown) => void,
  watchPool: (name: string, pool: PoolUsage) => void = () => {},
) {
  const toOptions = (name: string, poolSize: number, sessionSettings: Readonly<Record<string, string>>) => ({
    url,
    applicationName: 'lmt-inventory',
    poolSize,
    sessionSettings,
    onConnectionError: (err: Error) => logger.debug({ err }, 'database connection lost'),
    onOpen: (pool: PoolUsage) => watchPool(name, pool),
  });
  function connect(name: string, poolSize: number): InventoryDatabase {
    const database = connectInventoryDatabase(toOptions(name, poolSize, SESSION_SETTINGS));
    onStop(name, () => database.$disconnect());
    return database;
  }
  const database = createSql(openPool(toOptions('database', 3, CONSUMER_SESSION_SETTINGS)));
  onStop('database', () => database.$disconnect());
  return { database, readPool: connect('reads', 3), operatorPool: connect('operators', 2) };
}
