import { type PostgresAdapterOptions, postgresAdapter } from '@lmt/prisma-postgres';
import { PrismaClient } from './generated/client.js';

export type InventoryDatabase = PrismaClient;

/** A client of the inventory database. It connects at its first query and again after an outage. */
export function connectInventoryDatabase(options: PostgresAdapterOptions): InventoryDatabase {
  return new PrismaClient({
    adapter: postgresAdapter(options),
    transactionOptions: { maxWait: 5_000, timeout: 15_000 },
  });
}
