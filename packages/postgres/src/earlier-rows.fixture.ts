// Test fixture: a database with rows that an earlier version wrote, upgraded to the current version.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations } from './apply-migrations.js';

export interface EarlierRows {
  /** Folder of all migrations. */
  readonly migrations: string;
  /** Names of the earlier version's migrations. */
  readonly released: readonly string[];
  /** Rows by table, as the earlier version stored them. A table precedes those that refer to it. */
  readonly rows: Readonly<Record<string, readonly object[]>>;
}

/** Migrates an empty database to an earlier version, stores its rows, then migrates to the current one. */
export async function upgradeWithRows(ownerUrl: string, earlier: EarlierRows): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-migrations-'));
  const copy = (name: string) => cp(join(earlier.migrations, name), join(folder, name), { recursive: true });
  await Promise.all([...earlier.released, 'migration_lock.toml'].map(copy));
  await applyMigrations(ownerUrl, folder);
  await rm(folder, { recursive: true });

  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  for (const [table, rows] of Object.entries(earlier.rows)) {
    await client.query(
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`,
      [JSON.stringify(rows)],
    );
    const { rows: identities } = await client.query<{ column: string }>(
      `SELECT attname AS column FROM pg_attribute WHERE attrelid = $1::regclass AND attidentity <> ''`,
      [table],
    );
    for (const { column } of identities)
      await client.query(
        `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), max(${column})) FROM ${table}`,
      );
  }
  await client.end();
  await applyMigrations(ownerUrl, earlier.migrations);
}
