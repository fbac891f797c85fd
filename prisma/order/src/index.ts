import { fileURLToPath } from 'node:url';
import type { PostgresOptions } from '@lmt/postgres';
import { prismaOptions } from '@lmt/postgres/prisma';
import { type Prisma, PrismaClient } from './generated/client.js';

export { databaseCheck, databaseFailure, databaseReason, isNotCommitted } from '@lmt/postgres';

export type OrderDatabase = PrismaClient;
/** The client that `$transaction` passes to its callback. */
export type OrderTransaction = Prisma.TransactionClient;

export function connectOrderDatabase(options: PostgresOptions): OrderDatabase {
  return new PrismaClient(prismaOptions(options));
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database as its owner. Returns the names of the migrations it applied. */
export async function migrateOrderDatabase(url: string): Promise<string[]> {
  // The services don't load the schema engine.
  const { applyMigrations } = await import('@lmt/postgres/migrate');
  return applyMigrations(url, migrations);
}
