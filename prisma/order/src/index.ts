import { fileURLToPath } from 'node:url';
import { applyMigrations } from '@lmt/postgres';

export { type DatabaseFailure, databaseCheck, databaseFailure } from '@lmt/postgres';
export { connectOrderDatabase, type OrderDatabase, type OrderTransaction } from './connect.js';

const migrations = fileURLToPath(new URL('../migrations', import.meta.url));

/** Brings the order database to this version. `url` is the owner's. Returns what was applied. */
export function migrateOrderDatabase(url: string): Promise<string[]> {
  return applyMigrations(url, migrations);
}
