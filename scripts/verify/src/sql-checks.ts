// Checks that each run a single statement on one database.
import { APPLICATION_NAME, type DatabaseReader } from './database-reader.js';
import type { Findings } from './findings.js';
import type { InvariantId } from './invariants.js';

/**
 * Statements by invariant. Each returns the `id` and the `problem` of each offender, and a `key`
 * where `id` and `problem` do not identify the problem.
 */
export type SqlChecks = Readonly<Partial<Record<InvariantId, readonly string[]>>>;

// Finds open transactions by their locks, because a role may not see another role's activity but
// always sees its locks. Each transaction holds its own virtualxid lock. A lock that every look
// finds belongs to a transaction that stayed open throughout.
export const OPEN_TRANSACTIONS: SqlChecks = {
  I11: [
    `SELECT a.pid || ' ' || l.virtualtransaction || ' ' || coalesce(a.state_change::text, '') AS key,
        concat_ws(' ', 'session', a.pid, a.application_name, 'of', a.usename) AS id,
        coalesce(a.state, 'in one transaction') || ' at every look' AS problem
      FROM pg_locks l
      JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
        AND a.datname = current_database() AND a.usename IS NOT NULL
        AND a.pid <> pg_backend_pid() AND a.application_name <> '${APPLICATION_NAME}'
        AND (a.state IS NULL OR a.state LIKE 'idle in transaction%')`,
  ],
};

/** Runs the statements and yields their rows, each with its invariant. */
export async function* runStatements<T>(reader: DatabaseReader, checks: SqlChecks) {
  for (const [invariant, statements] of Object.entries(checks)) {
    for (const sql of statements) {
      for await (const row of reader.rows<T>(sql)) yield { ...row, invariant: invariant as InvariantId };
    }
  }
}

export async function runChecks(reader: DatabaseReader, checks: SqlChecks, findings: Findings) {
  const rows = runStatements<{ id: string; problem: string; key?: string }>(reader, checks);
  for await (const { id, problem, key = `${id} ${problem}`, invariant } of rows)
    findings.add({ invariant, key, id, problem });
}
