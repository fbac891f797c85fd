// Formats the figures of a run as text.
import { formatTable } from '@lmt/terminal';
import type { Pool } from 'pg';
import type { Outcome } from './break-and-heal.js';
import type { Scene } from './faults.js';

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

async function countOrders(database: Pool) {
  const { rows } = await database.query<{ name: string; count: number }>(
    'SELECT status AS name, count(*)::int AS count FROM orders GROUP BY 1 ORDER BY 1',
  );
  return rows;
}

/**
 * Summarises recovery times by kind of fault: the milliseconds from the end of a fault until the
 * next order placed is completed.
 */
async function readRecoveries(database: Pool, ended: Outcome['ended']) {
  const { rows } = await database.query<{
    name: string;
    count: number;
    recovered: number;
    median: number;
    max: number;
  }>(
    `SELECT fault.kind AS name, count(*)::int AS count, count(ms)::int AS recovered,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS median, max(ms)
     FROM jsonb_to_recordset($1::jsonb) AS fault(kind text, "endedAt" float8)
     LEFT JOIN LATERAL (
       SELECT extract(epoch FROM m.completed_at)::float8 * 1000 - fault."endedAt" AS ms
       FROM orders o JOIN outbox_messages m ON m.id = o.message_id
       WHERE o.created_at > to_timestamp(fault."endedAt" / 1000) ORDER BY o.created_at LIMIT 1
     ) AS next ON true
     GROUP BY 1 ORDER BY 1`,
    [JSON.stringify(ended)],
  );
  return rows;
}

const list = (counts: readonly { readonly name: string; readonly count: number }[]) =>
  counts.map(({ name, count }) => `${name} ${count}`).join(', ') || 'none';

export async function formatReport(
  { stack, database, clients }: Scene,
  { ended, notInjected, convergedInMs }: Outcome,
  duplicates: number,
): Promise<string> {
  const { requests, retried, replayed, cancellations, requeued } = clients.counts;
  const recoveries = await readRecoveries(database, ended);
  const restarts = (await stack.status()).reduce((sum, process) => sum + process.restarts, 0);
  const rows = [
    ['orders by status', list(await countOrders(database))],
    ['requests', `${requests}, ${retried} of them retried, ${replayed} answered with the stored order`],
    ['cancellations', `${cancellations}; dead letters requeued ${requeued}`],
    ['faults by kind', list(recoveries)],
    ...notInjected.map((line) => ['not injected', line]),
    ['restarts', `${restarts} of processes that ended by themselves (fail-points included)`],
    ['duplicates absorbed', String(duplicates)],
    ['converged', `${seconds(convergedInMs)} after everything was healed`],
  ];
  const recoveryRows = recoveries
    .filter(({ recovered }) => recovered > 0)
    .map(({ name, recovered, median, max }) => [
      name,
      `p50 ${seconds(median)}`,
      `max ${seconds(max)}`,
      `of ${recovered}`,
    ]);
  return [
    formatTable([{}, {}], rows),
    'from the end of a fault until the next order was COMPLETED:',
    formatTable([{}, { align: 'right' }, { align: 'right' }, {}], recoveryRows, { indent: 2 }),
  ].join('\n');
}
