import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { withClient } from './provision.js';
import { withSchemaEngine } from './schema-engine.js';

// Advisory lock, so that processes that start at the same time apply each migration once. Prisma's
// own CLI locks another key.
const MIGRATION_LOCK = 5_501_870_211;

/** How long a migration waits for a lock, and how often it retries. */
export interface LockPatience {
  readonly lockTimeoutMs: number;
  readonly attempts: number;
  readonly pauseMs: number;
  readonly log: (line: string) => void;
}

// About ten minutes. The pauses let the statements run that have queued behind the migration.
const PATIENCE: LockPatience = { lockTimeoutMs: 3_000, attempts: 60, pauseMs: 7_000, log: console.error };

const LOCK_POLL_MS = 100;
const CONCURRENT_INDEX = /\bINDEX\s+CONCURRENTLY\s+(\w+)/gi;
const LOCK_TIMEOUT = /\(SQLSTATE 55P03\)/;

/**
 * Applies the pending migrations of a Prisma migrations folder, in order, and records them in
 * `_prisma_migrations` like `prisma migrate deploy`. Returns the names of the migrations it
 * applied. Safe to repeat and to run in several processes at once.
 *
 * A migration that needs a table lock waits only briefly, then retries after a pause. Traffic
 * therefore never queues behind a migration that waits for a long read.
 *
 * A migration that the server rejects is rolled back and recorded as failed. The next call applies
 * it again. After a lost connection or a killed process the migration may have been committed, so
 * the next call throws and an operator must resolve it.
 *
 * @throws if a migration fails (the error names it), gets no lock in all attempts, or was edited
 * after it was applied
 */
export function applyMigrations(
  url: string,
  folder: string,
  patience: Partial<LockPatience> = {},
): Promise<string[]> {
  const { lockTimeoutMs, attempts, pauseMs, log } = { ...PATIENCE, ...patience };
  return withClient(url, async (client) => {
    await waitForOtherMigrations(client);
    const applied: string[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const before = await findApplied(client);
      const error = await applyOnce(url, folder, client, lockTimeoutMs).then(
        () => null,
        (reason: unknown) => reason,
      );
      applied.push(...(await findApplied(client)).filter((name) => !before.includes(name)));
      if (error === null) return applied;
      if (attempt >= attempts || !LOCK_TIMEOUT.test(String(error))) throw error;
      if (attempt === 1) log(`migration waits for a lock; ${await describeLockHolders(client)}`);
      await delay(pauseMs);
    }
  });
}

/**
 * Polls for the lock. A statement that waits for it would hold a snapshot, and CREATE INDEX
 * CONCURRENTLY of the process that has the lock would wait for that snapshot.
 */
async function waitForOtherMigrations(client: pg.Client): Promise<void> {
  const tryLock = () =>
    client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK]);
  while (!(await tryLock()).rows[0]?.locked) await delay(LOCK_POLL_MS);
}

async function applyOnce(url: string, folder: string, client: pg.Client, lockTimeoutMs: number) {
  const migrationDirectories = await readMigrations(folder);
  const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8');
  const rejected = await findRejected(client);
  const retried = migrationDirectories.filter(({ path }) => rejected.includes(path));
  await dropInvalidIndexes(
    client,
    retried.map(({ migrationFile }) => migrationFile.content.value).join('\n'),
  );
  await withSchemaEngine(url, lockTimeoutMs, async (engine) => {
    for (const migrationName of rejected) await engine.markMigrationRolledBack({ migrationName });
    await engine.applyMigrations({
      migrationsList: {
        baseDir: folder,
        lockfile: { path: 'migration_lock.toml', content: lockfile },
        shadowDbInitScript: '',
        migrationDirectories,
      },
      filters: { externalTables: [], externalEnums: [] },
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

async function hasHistory(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS exists`);
  return rows[0].exists;
}

async function findApplied(client: pg.Client): Promise<string[]> {
  if (!(await hasHistory(client))) return [];
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY finished_at`,
  );
  return rows.map(({ name }) => name);
}

/** Finds failed migrations for which the server reported an error, so their transaction has ended. */
async function findRejected(client: pg.Client): Promise<string[]> {
  if (!(await hasHistory(client))) return [];
  const failed = await client.query<{ name: string }>(
    `SELECT DISTINCT migration_name AS name FROM _prisma_migrations
    WHERE finished_at IS NULL AND rolled_back_at IS NULL AND logs LIKE '%(SQLSTATE %'`,
  );
  return failed.rows.map(({ name }) => name);
}

/**
 * Drops the index that a failed CREATE INDEX CONCURRENTLY leaves behind, because it would block the
 * next attempt. Only indexes that `scripts` create are dropped, because an operator may be building
 * any other invalid index.
 */
async function dropInvalidIndexes(client: pg.Client, scripts: string): Promise<void> {
  const names = [...scripts.matchAll(CONCURRENT_INDEX)].map(([, index]) => index);
  const { rows } = await client.query<{ index: string }>(
    `SELECT i.indexrelid::regclass::text AS index FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relname = ANY($1) AND c.relnamespace = 'public'::regnamespace`,
    [names],
  );
  for (const { index } of rows) await client.query(`DROP INDEX CONCURRENTLY ${index}`);
}

/** Names the tables in use and their sessions, because the server's error names neither. */
async function describeLockHolders(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT DISTINCT format('%s is in use by session %s (%s)', c.relname, l.pid,
        coalesce(nullif(a.application_name, ''), a.usename, '?')) AS holder
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.pid <> pg_backend_pid() AND a.application_name IS DISTINCT FROM 'lmt-migrate'
    ORDER BY 1 LIMIT 5`,
  );
  return rows.map(({ holder }) => holder).join(', ') || 'its holder is no longer there';
}
