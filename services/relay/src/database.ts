import { COUNT_SESSION_SETTINGS, RELAY_SESSION_SETTINGS } from '@lmt/outbox';
import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import type { Logger, PoolUsage } from '@lmt/service-kit';

/** Connects two pools, so that counts, which may take seconds, do not delay publishing. */
export function connectDatabases(
  url: string,
  logger: Logger,
  onStop: (step: string, stop: () => unknown) => void,
  watchPool: (name: string, pool: PoolUsage) => void = () => {},
) {
  function connect(
    name: string,
    poolSize: number,
    sessionSettings: Readonly<Record<string, string>>,
  ): SqlClient {
    const pool = openPool({
      url,
      applicationName: 'lmt-relay',
      poolSize,
      sessionSettings,
      onConnectionError: (err) => logger.debug({ err }, 'database connection lost'),
    });
    watchPool(name, pool);
    const database = createSql(pool);
    onStop(name, () => database.$disconnect());
    return database;
  }
  return {
    database: connect('database', 3, RELAY_SESSION_SETTINGS),
    countPool: connect('counts', 1, COUNT_SESSION_SETTINGS),
  };
}
