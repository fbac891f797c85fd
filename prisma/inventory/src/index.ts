import { fileURLToPath } from 'node:url';
import type { PostgresOptions } from '@lmt/postgres';
import { prismaOptions } from '@lmt/postgres/prisma';
import { PrismaClient } from './generated/client.js';

export { databaseCheck, databaseFailure, databaseReason } from '@lmt/postgres';

export type InventoryDatabase = PrismaClient;

export function connectInventoryDatabase(options: PostgresOptions): InventoryDatabase {
  return new PrismaClient(prismaOptions(options));
}

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Migrates the database as its owner. Returns the names of the migrations it applied. */
export async function migrateInventoryDatabase(url: string): Promise<string[]> {
  // The services don't load the schema engine.
  const { applyMigrations } = await import('@lmt/postgres/migrate');
  return applyMigrations(url, migrations);
}
