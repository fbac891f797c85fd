import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { withSchemaEngine } from './schema-engine.js';

// Held during a migration, so that processes that start at once apply it once. Differs from the key
// that Prisma's own CLI locks.
const MIGRATION_LOCK = 5_501_870_211;

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

/**
 * Applies the migrations of a Prisma migrations folder that the database does not have yet, in
 * order, and records them in `_prisma_migrations` like `prisma migrate deploy`. Returns the names
 * of the applied ones. Safe to call again, also by several processes at once.
 *
 * @throws if a migration fails (the error names it, and it is recorded as failed), or if an applied
 * migration was edited later
 */
export async function applyMigrations(url: string, folder: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000 });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrationDirectories = await readMigrations(folder);
    const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8');
    const { appliedMigrationNames } = await withSchemaEngine(url, (engine) =>
      engine.applyMigrations({
        migrationsList: {
          baseDir: folder,
          lockfile: { path: 'migration_lock.toml', content: lockfile },
          shadowDbInitScript: '',
          migrationDirectories,
        },
        filters: { externalTables: [], externalEnums: [] },
      }),
    );
    return appliedMigrationNames;
  } finally {
    await lock.end();
  }
}
