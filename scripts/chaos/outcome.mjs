// What a run has come to: whether all is finished, what a client was promised, what verify says.
import { verify } from '../verify/verify.mjs';

/** @typedef {import('pg').Pool} Pool */
/** @typedef {import('../stack/stack.mjs').Stack} Stack */

/** Unfinished orders and messages, in words. @param {Pool} order @returns {Promise<string[]>} */
export async function findUnfinished(order) {
  const { rows } = await order.query(
    `SELECT concat('message ', m.id, ' of order ', o.id, ' is ', coalesce(m.status, 'missing'), ', the order ', o.status,
       ', published ', m.attempts, ' times', CASE WHEN m.leased_until > now() THEN ', leased' END) AS problem
     FROM orders o LEFT JOIN outbox_messages m ON m.key = o.id::text
     WHERE o.status IN ('PENDING', 'CANCELLING') OR m.status IS DISTINCT FROM 'COMPLETED'
     ORDER BY o.id LIMIT 200`,
  );
  return rows.map(({ problem }) => problem);
}

/**
 * The client's side of the promise.
 *
 * @param {Pool} order
 * @param {Pick<ReturnType<typeof import('./load.mjs').createLoad>, 'accepted' | 'cancelled' | 'violations'>} load
 * @returns {Promise<string[]>}
 */
export async function brokenPromises(order, { accepted, cancelled, violations }) {
  const problems = [...violations];
  /** @type {Map<string, string>} */
  const idOfKey = new Map();
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

/** @param {Stack} stack @returns {Promise<string[]>} */
export async function brokenInvariants(stack) {
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

/** @param {Pool} order @returns {Promise<Record<string, number>>} */
export async function ordersByState(order) {
  const { rows } = await order.query(
    'SELECT status, count(*)::int AS count FROM orders GROUP BY 1 ORDER BY 1',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/**
 * How long after the end of a fault the next order that was placed was completed, in milliseconds; by
 * the clock of the database, which is this machine's.
 *
 * @param {Pool} order
 * @param {readonly { kind: string, endedAt: number }[]} faults epoch milliseconds
 * @returns {Promise<Map<string, number[]>>} by kind
 */
export async function recoveryTimes(order, faults) {
  /** @type {Map<string, number[]>} */
  const times = new Map();
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
