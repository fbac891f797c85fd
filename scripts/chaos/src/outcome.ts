// What a run has come to: whether all is finished, what a client was promised, what verify says.

import type { Stack } from '@lmt/stack';
import { verify } from '@lmt/verify';
import type { Pool } from 'pg';

/** Unfinished orders and messages, in words. */
export async function findUnfinished(order: Pool): Promise<string[]> {
  const { rows } = await order.query(
    `SELECT concat('message ', m.id, ' of order ', o.id, ' is ', coalesce(m.status, 'missing'), ', the order ', o.status,
       ', published ', m.attempts, ' times', CASE WHEN m.leased_until > now() THEN ', leased' END) AS problem
     FROM orders o LEFT JOIN outbox_messages m ON m.key = o.id::text
     WHERE o.status IN ('PENDING', 'CANCELLING') OR m.status IS DISTINCT FROM 'COMPLETED'
     ORDER BY o.id LIMIT 200`,
  );
  return rows.map(({ problem }) => problem);
}

/** The client's side of the promise. */
export async function brokenPromises(
  order: Pool,
  {
    accepted,
    cancelled,
    violations,
  }: Pick<ReturnType<typeof import('./load.js').createLoad>, 'accepted' | 'cancelled' | 'violations'>,
): Promise<string[]> {
  const problems = [...violations];
  const idOfKey: Map<string, string> = new Map();
  for (const { id, key } of accepted) {
    const known = idOfKey.get(key) ?? id;
    idOfKey.set(key, known);
    if (known !== id) problems.push(`key ${key} was answered with two orders: ${known} and ${id}`);
  }
  const { rows: lost } = await order.query(
    `SELECT p.id FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, "messageId" uuid, key text)
     WHERE NOT EXISTS (
       SELECT FROM orders o JOIN outbox_messages m ON m.id = o.message_id AND m.key = o.id::text
       WHERE o.id = p.id AND m.id = p."messageId" AND o.idempotency_key = p.key
     )`,
    [JSON.stringify(accepted)],
  );
  problems.push(
    ...lost.map(({ id }) => `201 was answered for order ${id}, which is not there with its message`),
  );
  const { rows: uncancelled } = await order.query(
    `SELECT id, status FROM orders WHERE id = ANY($1::uuid[]) AND status <> 'CANCELLED'`,
    [[...cancelled]],
  );
  problems.push(
    ...uncancelled.map(({ id, status }) => `the cancellation of ${id} was accepted, and it is ${status}`),
  );
  return problems;
}

export async function brokenInvariants(stack: Stack): Promise<string[]> {
  const { checks } = await verify({
    orderUrl: stack.databases.order,
    inventoryUrl: stack.databases.inventory,
    kafka: stack.broker,
    settled: true,
    looks: 5,
    secondsApart: 1,
  });
  return checks.flatMap(({ ok, id, title, offenders, count }) =>
    ok
      ? []
      : [
          `${id} ${title}: ${count} offenders`,
          ...offenders.slice(0, 20).map((offender) => `  ${offender.id}: ${offender.problem}`),
        ],
  );
}

export async function ordersByState(order: Pool): Promise<Record<string, number>> {
  const { rows } = await order.query(
    'SELECT status, count(*)::int AS count FROM orders GROUP BY 1 ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/**
 * How long after the end of a fault the next order that was placed was completed, in milliseconds; by
 * the clock of the database, which is this machine's.
 *
 * @param faults epoch milliseconds
 * @returns by kind
 */
export async function recoveryTimes(
  order: Pool,
  faults: readonly { kind: string; endedAt: number }[],
): Promise<Map<string, number[]>> {
  const times: Map<string, number[]> = new Map();
  for (const { kind, endedAt } of faults) {
    const { rows } = await order.query(
      `SELECT extract(epoch FROM m.completed_at) * 1000 AS completed
       FROM orders o JOIN outbox_messages m ON m.id = o.message_id
       WHERE o.created_at > to_timestamp($1::float8 / 1000) ORDER BY o.created_at LIMIT 1`,
      [endedAt],
    );
    const completed = Number(rows[0]?.completed ?? Number.NaN);
    if (Number.isFinite(completed)) times.set(kind, [...(times.get(kind) ?? []), completed - endedAt]);
  }
  return times;
}
