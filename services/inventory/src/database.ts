import { connectInventoryDatabase, type InventoryDatabase } from '@lmt/prisma-inventory';
import type { Logger } from '@lmt/service-kit';

/** Connects two pools, so public reads cannot use up the consumer's connections. */
export function connectDatabases(url: string, logger: Logger) {
  const connect = (): InventoryDatabase =>
    connectInventoryDatabase({
      url,
      applicationName: 'lmt-inventory',
      poolSize: 3,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
  return { database: connect(), readPool: connect() };
}
