import { fileURLToPath } from 'node:url';
import {
  applyMigrations,
  CONNECT_TIMEOUT_MS,
  type PostgresAdapterOptions,
  postgresAdapter,
} from '@lmt/postgres';
import { PrismaClient } from './generated/client.js';

export { databaseCheck, databaseFailure } from '@lmt/postgres';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database, as its owner. Returns the names of the new migrations. */
export function migrateInventoryDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}

export type InventoryDatabase = PrismaClient;

/** Creates a client. It connects at its first query, and again after an outage. */
export function connectInventoryDatabase(options: PostgresAdapterOptions): InventoryDatabase {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new PrismaClient({
    adapter: postgresAdapter(options),
    // Longer than the wait for a connection.
    transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 },
  });
}
