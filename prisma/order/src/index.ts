import { fileURLToPath } from 'node:url';
import { applyMigrations, type PostgresOptions, prismaOptions } from '@lmt/postgres';
import { type Prisma, PrismaClient } from './generated/client.js';

export { andCommit, databaseCheck, databaseFailure, databaseReason, isRolledBack } from '@lmt/postgres';

export type OrderDatabase = PrismaClient;
/** The client that `$transaction` passes to its callback. */
export type OrderTransaction = Prisma.TransactionClient;

export function connectOrderDatabase(options: PostgresOptions): OrderDatabase {
  return new PrismaClient(prismaOptions(options));
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database as its owner. Returns the names of the migrations it applied. */
export function migrateOrderDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}
