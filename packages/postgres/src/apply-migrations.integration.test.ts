import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { applyMigrations } from './apply-migrations.js';

let folder: string;
let admin: pg.Client;
let database: pg.Client;
const name = `migrate_${randomUUID().slice(0, 8)}`;
const url = Object.assign(new URL(inject('adminUrl')), { pathname: name }).href;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
  admin = new pg.Client(inject('adminUrl'));
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  database = new pg.Client({ connectionString: url, application_name: 'lmt_test_reader' });
  await database.connect();
});
afterAll(async () => {
  await Promise.all([admin.end(), database.end(), rm(folder, { recursive: true })]);
});

async function addMigration(migration: string, sql: string): Promise<void> {
  await mkdir(join(folder, migration), { recursive: true });
  await writeFile(join(folder, migration, 'migration.sql'), sql);
}

const rename = "SET LOCAL lock_timeout = '100ms'; ALTER TABLE rooms RENAME COLUMN old TO name;";

it('retries a migration whose lock timed out, without an operator', async () => {
  await addMigration('1_init', 'CREATE TABLE rooms (old text);');
  expect(await applyMigrations(url, folder)).toEqual(['1_init']);

  await addMigration('2_rename', rename);
  await database.query('BEGIN; LOCK rooms');
  for (let start = 0; start < 2; start += 1) {
    await expect(applyMigrations(url, folder, { attempts: 1 })).rejects.toThrow(
      /lock timeout \(SQLSTATE 55P03\)[\s\S]*2_rename/,
    );
  }
  await database.query('ROLLBACK');

  expect(await applyMigrations(url, folder)).toEqual(['2_rename']);
  expect(await applyMigrations(url, folder)).toEqual([]);
  await expect(database.query('SELECT name FROM rooms')).resolves.toMatchObject({ rows: [] });
});

it('leaves a migration that may have been committed to an operator', async () => {
  await addMigration('3_interrupted', 'CREATE TABLE guests (name text);');
  await database.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', '3_interrupted')`,
  );
  await expect(applyMigrations(url, folder)).rejects.toThrow(/3_interrupted/);
});

it('runs a migration of one statement outside a transaction, such as CREATE INDEX CONCURRENTLY', async () => {
  await database.query('DELETE FROM _prisma_migrations WHERE id = $1', ['x']);
  await rm(join(folder, '3_interrupted'), { recursive: true });
  await addMigration(
    '4_index',
    '-- Comment; with a semicolon.\nCREATE INDEX CONCURRENTLY rooms_name ON rooms (name);\n',
  );
  expect(await applyMigrations(url, folder)).toEqual(['4_index']);
});

it('migration-lock: a migration that waits for a long read does not block other statements', async () => {
  await addMigration('5_lock', 'ALTER TABLE rooms ALTER COLUMN name TYPE varchar(100);');
  await database.query('BEGIN; SELECT count(*) FROM rooms');
  const other = new pg.Client({ connectionString: url, statement_timeout: 5_000 });
  await other.connect();
  const lines: string[] = [];
  const patience = {
    lockTimeoutMs: 200,
    pauseMs: 200,
    attempts: 1_000,
    log: (line: string) => lines.push(line),
  };
  let migrated = false;
  const migrating = applyMigrations(url, folder, patience).finally(() => {
    migrated = true;
  });
  try {
    // Each read waits at most for one attempt of the migration to get its lock.
    for (let statements = 0; statements < 200 || lines.length === 0; statements += 1) {
      await other.query('SELECT count(*) FROM rooms');
    }
    expect(migrated).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(
        /^migration waits for a lock; rooms is in use by session \d+ \(lmt_test_reader\)$/,
      ),
    ]);
  } finally {
    await database.query('ROLLBACK');
    await other.end();
  }
  expect(await migrating).toEqual(['5_lock']);
});

it('migration-lock: an index whose concurrent build failed is rebuilt', async () => {
  await database.query("INSERT INTO rooms VALUES ('a'), ('a')");
  await addMigration('6_unique', 'CREATE UNIQUE INDEX CONCURRENTLY rooms_unique ON rooms (name);');
  await expect(applyMigrations(url, folder)).rejects.toThrow(
    /could not create unique index .* \(SQLSTATE 23505\)/,
  );
  await database.query('TRUNCATE rooms');
  expect(await applyMigrations(url, folder)).toEqual(['6_unique']);
});

it('migration-lock: a concurrent index build waits for older transactions longer than lockTimeoutMs', async () => {
  await database.query('BEGIN; UPDATE rooms SET name = name');
  await addMigration('8_patient', 'CREATE INDEX CONCURRENTLY rooms_patient ON rooms (name);');
  const migrating = applyMigrations(url, folder, { lockTimeoutMs: 1, attempts: 1 }).catch(String);
  const isWaiting = async () => {
    const { rows } = await admin.query(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%rooms_patient%' AND wait_event_type = 'Lock'
        AND now() - query_start > interval '0.2 s'`,
    );
    return rows.length > 0;
  };
  const ended = migrating.then(() => true);
  await vi.waitUntil(async () => (await isWaiting()) || Promise.race([ended, false]), { timeout: 10_000 });
  await database.query('ROLLBACK');
  expect(await migrating).toEqual(['8_patient']);
});

it('migration-lock: a retry does not drop the index that an operator is building', async () => {
  await database.query("INSERT INTO rooms VALUES ('b')");
  const reader = new pg.Client({ connectionString: url });
  const operator = new pg.Client({ connectionString: url });
  await Promise.all([reader.connect(), operator.connect()]);
  // The build waits for this transaction. Until then the index is invalid and the table locked.
  await reader.query('BEGIN; UPDATE rooms SET name = name');
  const building = operator.query('CREATE INDEX CONCURRENTLY rooms_by_operator ON rooms (name)');
  const untilFound = (sql: string) =>
    vi.waitUntil(async () => (await database.query(sql)).rows.length > 0, { timeout: 20_000 });
  await untilFound(
    `SELECT FROM pg_index WHERE NOT indisvalid AND indexrelid = to_regclass('rooms_by_operator')`,
  );
  await addMigration('9_column', 'ALTER TABLE rooms ADD COLUMN size integer;');
  const patience = { lockTimeoutMs: 100, pauseMs: 100, attempts: 300, log: () => {} };
  const migrating = applyMigrations(url, folder, patience);
  // Either a retry has run, or its DROP INDEX waits for the build.
  await untilFound(`
    SELECT FROM _prisma_migrations WHERE migration_name = '9_column' HAVING count(*) > 2
    UNION ALL SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DROP INDEX%'`);
  await reader.query('ROLLBACK');
  await building;
  await Promise.all([reader.end(), operator.end()]);
  expect(await migrating).toEqual(['9_column']);
  const { rows } = await database.query(
    `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('rooms_by_operator')`,
  );
  expect(rows).toEqual([{ indisvalid: true }]);
});
