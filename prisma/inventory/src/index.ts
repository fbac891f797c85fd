import { fileURLToPath } from 'node:url';
import { applyMigrations } from '@lmt/postgres';

export { type DatabaseFailure, databaseCheck, databaseFailure } from '@lmt/postgres';
export { connectInventoryDatabase, type InventoryDatabase } from './connect.js';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings the inventory database to this version. `url` is the owner's. Returns what was applied. */
export function migrateInventoryDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}
