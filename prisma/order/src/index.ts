import { fileURLToPath } from 'node:url';
import {
  applyMigrations,
  CONNECT_TIMEOUT_MS,
  type PostgresAdapterOptions,
  postgresAdapter,
} from '@lmt/postgres';
import { type Prisma, PrismaClient } from './generated/client.js';

export { databaseCheck, databaseFailure } from '@lmt/postgres';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database, as its owner. Returns the names of the new migrations. */
export function migrateOrderDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}

export type OrderDatabase = PrismaClient;
/** The client inside `$transaction`. */
export type OrderTransaction = Prisma.TransactionClient;

/** Creates a client. It connects at its first query, and again after an outage. */
export function connectOrderDatabase(options: PostgresAdapterOptions): OrderDatabase {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new PrismaClient({
    adapter: postgresAdapter(options),
    // Longer than the wait for a connection.
    transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 },
  });
}
