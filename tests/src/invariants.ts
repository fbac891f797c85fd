import type { PlacedOrder } from '@lmt/contracts';
import type { Stack } from '@lmt/stack';
import { verify } from '@lmt/verify';
import type { Database } from './database.js';

/** Finds orders that were answered 201 but are missing or lack their message. */
async function findLostOrders(order: Database, accepted: readonly PlacedOrder[]): Promise<string[]> {
  const promised = accepted.map(({ id, messageId }) => ({ id, message_id: messageId }));
  const rows = await order.query<{ id: string }>(
    `SELECT p.id FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, message_id uuid)
     WHERE NOT EXISTS (
       SELECT FROM orders o JOIN outbox_messages m ON m.id = o.message_id AND m.key = o.id::text
       WHERE o.id = p.id AND m.id = p.message_id AND m.type = 'order.placed.v1'
     )`,
    [JSON.stringify(promised)],
  );
  return rows.map(({ id }) => `the client got a 201 for order ${id}, which is missing`);
}

async function findUnfinishedMessages(order: Database): Promise<string[]> {
  const rows = await order.query<{ id: string; status: string }>(
    `SELECT id, status FROM outbox_messages WHERE status NOT IN ('COMPLETED', 'DISCARDED') OR lease_token IS NOT NULL`,
  );
  return rows.map(({ id, status }) => `message ${id} is ${status}`);
}

/**
 * Describes every violated invariant. Checks the invariants of `npm run verify`, and the promises
 * to clients, which only a test can check.
 */
export async function findViolations(
  stack: Stack,
  order: Database,
  accepted: readonly PlacedOrder[],
): Promise<string[]> {
  const { checks } = await verify({
    orderUrl: stack.databases.order,
    inventoryUrl: stack.databases.inventory,
    kafka: stack.broker,
    settled: true,
    secondsApart: 0.5,
    looks: 5,
  });
  const stored = checks
    .filter(({ ok }) => !ok)
    .map(({ id, title, offenders }) => `${id} ${title}: ${JSON.stringify(offenders.slice(0, 5))}`);
  return [...stored, ...(await findLostOrders(order, accepted)), ...(await findUnfinishedMessages(order))];
}
