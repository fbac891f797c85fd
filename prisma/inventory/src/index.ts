import { fileURLToPath } from 'node:url';
import { applyMigrations, type PostgresOptions, prismaOptions } from '@lmt/postgres';
import { PrismaClient } from './generated/client.js';

export { andCommit, databaseCheck, databaseFailure, databaseReason } from '@lmt/postgres';

export type InventoryDatabase = PrismaClient;

export function connectInventoryDatabase(options: PostgresOptions): InventoryDatabase {
  return new PrismaClient(prismaOptions(options));
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database as its owner. Returns the names of the migrations it applied. */
export function migrateInventoryDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}
