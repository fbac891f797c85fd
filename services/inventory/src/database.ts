import { connectInventoryDatabase, type InventoryDatabase } from '@lmt/prisma-inventory';
import type { Logger } from '@lmt/service-kit';

/**
 * Settings of every database session. The service's own transactions hold row locks for
 * milliseconds, so a lock held longer than a second belongs to a forgotten or crashed session.
 */
export const SESSION_SETTINGS = { lock_timeout: '1000' } as const;

/**
 * Connects three pools, so that neither public reads, nor operators' adjustments that wait for
 * locked stock, use up the consumer's connections.
 */
export function connectDatabases(
  url: string,
  logger: Logger,
  onStop: (step: string, stop: () => unknown) => void,
) {
  function connect(name: string, poolSize: number): InventoryDatabase {
    const database = connectInventoryDatabase({
      url,
      applicationName: 'lmt-inventory',
      poolSize,
      sessionSettings: SESSION_SETTINGS,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
    onStop(name, () => database.$disconnect());
    return database;
  }
  return {
    database: connect('database', 3),
    readPool: connect('reads', 3),
    operatorPool: connect('operators', 2),
  };
}
