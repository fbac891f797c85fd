// The database's own statistics: commits, WAL and the statements that take the most time.
import type { Stack } from '@lmt/stack';
import pg from 'pg';
import { readRow } from './message-progress.js';
import { changePostgresSettings } from './postgres-settings.js';

const LIBRARY = 'pg_stat_statements';
const TOP = 12;

/**
 * Loads pg_stat_statements, for which Postgres restarts. Resolves with false if this Postgres does not
 * have it.
 */
export async function loadStatementStatistics(stack: Stack): Promise<boolean> {
  const client = new pg.Client({ connectionString: stack.adminUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    const available = `SELECT FROM pg_available_extensions WHERE name = '${LIBRARY}'`;
    if ((await client.query(available)).rowCount === 0) return false;
  } finally {
    await client.end();
  }
  await changePostgresSettings(stack, { shared_preload_libraries: LIBRARY });
  return true;
}

export interface Statement {
  readonly query: string;
  readonly calls: number;
  readonly milliseconds: number;
  readonly rows: number;
  readonly buffers: number;
  readonly walBytes: number;
}

const TOP_STATEMENTS = `SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 70) AS query, calls::int,
  total_exec_time AS milliseconds, rows::int, (shared_blks_hit + shared_blks_read)::int AS buffers,
  wal_bytes::float8 AS "walBytes"
FROM ${LIBRARY} ORDER BY total_exec_time DESC LIMIT ${TOP}`;

// A session reports its counters once a second, so the last second of work may be missing.
const COUNTERS = `SELECT
  (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname LIKE 'lmt%')::int AS commits,
  (SELECT wal_bytes FROM pg_stat_wal)::float8 AS "walBytes"`;

/** Runs `work` and returns what the database did meanwhile. */
export async function measureDatabase<T>(
  database: pg.Client,
  hasStatements: boolean,
  work: () => Promise<T>,
) {
  if (hasStatements) {
    await database.query(`CREATE EXTENSION IF NOT EXISTS ${LIBRARY}`);
    await database.query(`SELECT ${LIBRARY}_reset()`);
  }
  const before = await readRow<{ commits: number; walBytes: number }>(database, COUNTERS);
  const result = await work();
  const after = await readRow<{ commits: number; walBytes: number }>(database, COUNTERS);
  const statements = hasStatements ? (await database.query<Statement>(TOP_STATEMENTS)).rows : [];
  return {
    result,
    commits: after.commits - before.commits,
    walBytes: after.walBytes - before.walBytes,
    statements,
  };
}
