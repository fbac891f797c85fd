import { COUNT_SESSION_SETTINGS, RELAY_SESSION_SETTINGS } from '@lmt/outbox';
import { connectOrderDatabase, type OrderDatabase } from '@lmt/prisma-order';
import type { Logger } from '@lmt/service-kit';

/** Connects two pools, so that counts, which may take seconds, do not delay publishing. */
export function connectDatabases(
  url: string,
  logger: Logger,
  onStop: (step: string, stop: () => unknown) => void,
) {
  function connect(
    name: string,
    poolSize: number,
    sessionSettings: Readonly<Record<string, string>>,
  ): OrderDatabase {
    const database = connectOrderDatabase({
      url,
      applicationName: 'lmt-relay',
      poolSize,
      sessionSettings,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
    onStop(name, () => database.$disconnect());
    return database;
  }
  return {
    database: connect('database', 3, RELAY_SESSION_SETTINGS),
    countPool: connect('counts', 1, COUNT_SESSION_SETTINGS),
  };
}
