import { CONNECT_TIMEOUT_MS, type PostgresAdapterOptions, postgresAdapter } from '@lmt/postgres';
import { PrismaClient } from './generated/client.js';

export type InventoryDatabase = PrismaClient;

/** A client of the inventory database. It connects at its first query and again after an outage. */
export function connectInventoryDatabase(options: PostgresAdapterOptions): InventoryDatabase {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new PrismaClient({
    adapter: postgresAdapter(options),
    // A transaction waits for its connection, and a little more.
    transactionOptions: { maxWait: connectTimeoutMs + 2_000, timeout: 15_000 },
  });
}
