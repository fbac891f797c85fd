// Sessions that hold a transaction open and do nothing in it.

import type { DatabaseReader } from './database-reader.js';
import { applicationName } from './database-reader.js';
import type { Findings } from './findings.js';

// Who may not see what another role's session does sees its locks all the same, and each transaction
// holds one that no other transaction ever has. One that is found at every look was open all that time.
const openTransactions = `
SELECT a.pid || ' ' || l.virtualtransaction || ' ' || coalesce(a.state_change::text, '') AS key,
  concat_ws(' ', 'session', a.pid, a.application_name, 'of', a.usename) AS id,
  coalesce(a.state, 'in one transaction') || ' while it was watched' AS problem
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND a.datname = current_database() AND a.usename IS NOT NULL
  AND a.pid <> pg_backend_pid() AND a.application_name <> '${applicationName}'
  AND (a.state IS NULL OR a.state LIKE 'idle in transaction%')`;

export async function findOpenTransactions(reader: DatabaseReader, findings: Findings) {
  const rows: { key: string; id: string; problem: string }[] = await reader.rows(openTransactions);
  for (const row of rows) findings.add({ invariant: 'I11', ...row });
}
