import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { withClient } from './provision.js';
import { withSchemaEngine } from './schema-engine.js';

// Advisory lock, so that processes that start at the same time apply each migration once. Prisma's
// own CLI locks another key.
const MIGRATION_LOCK = 5_501_870_211;

/**
 * Applies the pending migrations of a Prisma migrations folder, in order, and records them in
 * `_prisma_migrations` like `prisma migrate deploy`. Returns the names of the migrations it
 * applied. Safe to repeat and to run in several processes at once.
 *
 * A migration that the server rejects, for example because its lock timed out, is rolled back and
 * recorded as failed. The next call applies it again. After a lost connection or a killed process
 * the migration may have been committed, so the next call throws and an operator must resolve it.
 *
 * @throws if a migration fails (the error names it) or an applied migration was edited later
 */
export function applyMigrations(url: string, folder: string): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrationDirectories = await readMigrations(folder);
    const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8');
    return withSchemaEngine(url, async (engine) => {
      for (const migrationName of await findRejected(client)) {
        await engine.markMigrationRolledBack({ migrationName });
      }
      const { appliedMigrationNames } = await engine.applyMigrations({
        migrationsList: {
          baseDir: folder,
          lockfile: { path: 'migration_lock.toml', content: lockfile },
          shadowDbInitScript: '',
          migrationDirectories,
        },
        filters: { externalTables: [], externalEnums: [] },
      });
      return appliedMigrationNames;
    });
  });
}

async function readMigrations(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  );
}

/** Finds failed migrations for which the server reported an error, so their transaction has ended. */
async function findRejected(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`);
  if (!rows[0].exists) return [];
  const failed = await client.query<{ name: string }>(
    `SELECT DISTINCT migration_name AS name FROM _prisma_migrations
    WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs LIKE '%(SQLSTATE %'`,
  );
  return failed.rows.map(({ name }) => name);
}
