// Sessions that hold a transaction open without running a statement in it.
import { APPLICATION_NAME, type DatabaseReader } from './database-reader.js';
import type { Findings } from './findings.js';

// A role that may not see the activity of another role's session still sees its locks, and each
// transaction holds a virtualxid lock of its own. A lock found at every look was held all that
// time.
const OPEN_TRANSACTIONS = `
SELECT a.pid || ' ' || l.virtualtransaction || ' ' || coalesce(a.state_change::text, '') AS key,
  concat_ws(' ', 'session', a.pid, a.application_name, 'of', a.usename) AS id,
  coalesce(a.state, 'in one transaction') || ' at every look' AS problem
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND a.datname = current_database() AND a.usename IS NOT NULL
  AND a.pid <> pg_backend_pid() AND a.application_name <> '${APPLICATION_NAME}'
  AND (a.state IS NULL OR a.state LIKE 'idle in transaction%')`;

export async function findOpenTransactions(reader: DatabaseReader, findings: Findings): Promise<void> {
  const rows = await reader.rows<{ key: string; id: string; problem: string }>(OPEN_TRANSACTIONS);
  for (const row of rows) findings.add({ invariant: 'I11', ...row });
}
