// Judges a run: unfinished work, the answers that clients received, the invariants of verify.
import type { Stack } from '@lmt/stack';
import { verify } from '@lmt/verify';
import type { Pool } from 'pg';
import type { Clients } from './clients.js';
import type { EndedFault } from './faults.js';

const OFFENDERS_SHOWN = 20;

/** Describes orders and messages that are not in a final state. */
export async function findUnfinished(database: Pool): Promise<string[]> {
  const { rows } = await database.query<{ problem: string }>(
    `SELECT concat('message ', m.id, ' of order ', o.id, ' is ', coalesce(m.status, 'missing'), ', the order ', o.status,
       ', published ', m.attempts, ' times', CASE WHEN m.leased_until > now() THEN ', leased' END) AS problem
     FROM orders o LEFT JOIN outbox_messages m ON m.key = o.id::text
     WHERE o.status IN ('PENDING', 'CANCELLING') OR m.status IS DISTINCT FROM 'COMPLETED'
     ORDER BY o.id LIMIT 200`,
  );
  return rows.map(({ problem }) => problem);
}

/** Describes answers that a client must not receive, or that the database contradicts. */
export async function clientViolations(
  database: Pool,
  { accepted, cancelled, violations }: Pick<Clients, 'accepted' | 'cancelled' | 'violations'>,
): Promise<string[]> {
  const idByKey = new Map<string, string>();
  const doubled = accepted.flatMap(({ id, key }) => {
    const first = idByKey.get(key) ?? id;
    idByKey.set(key, first);
    return first === id ? [] : [`key ${key} was answered with two orders: ${first} and ${id}`];
  });
  const { rows: lost } = await database.query<{ id: string }>(
    `SELECT p.id FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, "messageId" uuid, key text)
     WHERE NOT EXISTS (
       SELECT FROM orders o JOIN outbox_messages m ON m.id = o.message_id AND m.key = o.id::text
       WHERE o.id = p.id AND m.id = p."messageId" AND o.idempotency_key = p.key
     )`,
    [JSON.stringify(accepted)],
  );
  const { rows: uncancelled } = await database.query<{ id: string; status: string }>(
    `SELECT id, status FROM orders WHERE id = ANY($1::uuid[]) AND status <> 'CANCELLED'`,
    [[...cancelled]],
  );
  return [
    ...violations,
    ...doubled,
    ...lost.map(({ id }) => `order ${id} was answered with 201, but the order or its message is missing`),
    ...uncancelled.map(({ id, status }) => `the cancellation of ${id} was accepted, but it is ${status}`),
  ];
}

/** Describes each invariant of verify that is violated, with its first offenders. */
export async function invariantViolations(stack: Stack): Promise<string[]> {
  const { checks } = await verify({
    orderUrl: stack.databases.order,
    inventoryUrl: stack.databases.inventory,
    kafka: stack.broker,
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

export async function countOrdersByStatus(database: Pool): Promise<Record<string, number>> {
  const { rows } = await database.query<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM orders GROUP BY 1 ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/**
 * For each fault, the milliseconds from its end to the completion of the next order placed.
 *
 * @returns the times by kind of fault
 */
export async function recoveryTimes(
  database: Pool,
  faults: readonly EndedFault[],
): Promise<Map<string, number[]>> {
  const { rows } = await database.query<{ kind: string; ms: number }>(
    `SELECT f.kind, extract(epoch FROM next.completed_at)::float8 * 1000 - f."endedAt" AS ms
     FROM jsonb_to_recordset($1::jsonb) AS f(kind text, "endedAt" float8)
     CROSS JOIN LATERAL (
       SELECT m.completed_at FROM orders o JOIN outbox_messages m ON m.id = o.message_id
       WHERE o.created_at > to_timestamp(f."endedAt" / 1000) ORDER BY o.created_at LIMIT 1
     ) AS next
     WHERE next.completed_at IS NOT NULL`,
    [JSON.stringify(faults)],
  );
  const times = new Map<string, number[]>();
  for (const { kind, ms } of rows) times.set(kind, [...(times.get(kind) ?? []), ms]);
  return times;
}
