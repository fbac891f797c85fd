// Judges a run by its unfinished work, the answers to its clients and the invariants of verify.
import type { Stack } from '@lmt/stack';
import { verify } from '@lmt/verify';
import type { Pool } from 'pg';
import type { Clients } from './clients.js';

const OFFENDERS_SHOWN = 20;

async function readProblems(database: Pool, sql: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await database.query<{ problem: string }>(sql, values);
  return rows.map(({ problem }) => problem);
}

/** Describes orders and messages that are not in a final state. */
export const findUnfinished = (database: Pool) =>
  readProblems(
    database,
    `SELECT concat('message ', m.id, ' of order ', o.id, ' is ', coalesce(m.status, 'missing'), ', the order ', o.status,
       ', published ', m.attempts, ' times', CASE WHEN m.leased_until > now() THEN ', leased' END) AS problem
     FROM orders o LEFT JOIN outbox_messages m ON m.key = o.id::text
     WHERE o.status IN ('PENDING', 'CANCELLING') OR m.status IS DISTINCT FROM 'COMPLETED'
     ORDER BY o.id LIMIT 200`,
  );

/** Describes answers that a client must never receive or that the database contradicts. */
export async function clientViolations(database: Pool, { accepted, cancelled, violations }: Clients) {
  const contradictions = await readProblems(
    database,
    `WITH accepted AS (
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS accepted(id uuid, "messageId" uuid, key text)
     )
     SELECT concat('key ', key, ' was answered with several orders: ', string_agg(DISTINCT id::text, ', ')) AS problem
     FROM accepted GROUP BY key HAVING count(DISTINCT id) > 1
     UNION ALL
     SELECT concat('order ', a.id, ' was answered with 201, but the order or its message is missing')
     FROM accepted a WHERE NOT EXISTS (
       SELECT FROM orders o JOIN outbox_messages m ON m.id = o.message_id AND m.key = o.id::text
       WHERE o.id = a.id AND m.id = a."messageId" AND o.idempotency_key = a.key
     )
     UNION ALL
     SELECT concat('the cancellation of ', id, ' was accepted, but the order is ', status)
     FROM orders WHERE id = ANY($2::uuid[]) AND status <> 'CANCELLED'`,
    [JSON.stringify(accepted), [...cancelled]],
  );
  return [...violations, ...contradictions];
}

/** Describes each violated invariant of verify, with its first offenders. */
export async function invariantViolations({ databases, broker }: Stack): Promise<string[]> {
  const { checks } = await verify({
    orderUrl: databases.order,
    inventoryUrl: databases.inventory,
    kafka: broker,
    settled: true,
    looks: 5,
    secondsApart: 1,
  });
  return checks
    .filter(({ ok }) => !ok)
    .flatMap(({ id, title, offenders, count }) => [
      `${id} ${title}: ${count} offenders`,
      ...offenders.slice(0, OFFENDERS_SHOWN).map((offender) => `  ${offender.id}: ${offender.problem}`),
    ]);
}
