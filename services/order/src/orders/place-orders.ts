import {
  ORDER_EVENTS_TOPIC,
  ORDER_PLACED,
  type OrderItem,
  type OrderPlaced,
  type PlacedOrder,
} from '@lmt/contracts';
import { enqueueMany, type NewMessage, type TransactionSql } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';

/** An order as a client asked for it, with the ids it will have. */
export interface NewOrder {
  readonly id: string;
  readonly messageId: string;
  readonly customerId: string;
  readonly items: readonly OrderItem[];
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  /** W3C trace context, carried along to the consumer. */
  readonly traceparent: string;
}

/**
 * What became of a request.
 * - `placed`: order and message are committed.
 * - `replayed`: an earlier request with this key and body placed this order.
 * - `key-reused`: an earlier request with this key had another body.
 */
export type Placement =
  | { readonly kind: 'placed' | 'replayed'; readonly order: PlacedOrder }
  | { readonly kind: 'key-reused' };

// Rows go in sorted by key, so that two transactions with the same keys wait for each other instead
// of deadlocking. A key that exists, also from a transaction still under way, yields no row.
const INSERT_ORDERS = `
WITH placed AS (
  INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
  SELECT o.id, o.customer_id, o.idempotency_key, o.request_hash, o.message_id
  FROM jsonb_to_recordset($1::jsonb)
    AS o(id uuid, customer_id text, idempotency_key text, request_hash text, message_id uuid)
  ORDER BY o.idempotency_key
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING id, created_at
), lines AS (
  INSERT INTO order_items (order_id, sku, position, quantity)
  SELECT i.order_id, i.sku, i.position, i.quantity
  FROM jsonb_to_recordset($2::jsonb) AS i(order_id uuid, sku text, position smallint, quantity integer)
  JOIN placed ON placed.id = i.order_id
)
SELECT id, created_at AS "createdAt" FROM placed`;

async function insertOrders(tx: TransactionSql, orders: readonly NewOrder[]): Promise<Map<string, Date>> {
  const rows = orders.map(({ id, customerId, idempotency, messageId }) => ({
    id,
    customer_id: customerId,
    idempotency_key: idempotency?.key,
    request_hash: idempotency?.requestHash,
    message_id: messageId,
  }));
  const lines = orders.flatMap(({ id, items }) =>
    items.map(({ sku, quantity }, position) => ({ order_id: id, sku, position, quantity })),
  );
  const placed = await tx.$queryRawUnsafe<{ id: string; createdAt: Date }[]>(
    INSERT_ORDERS,
    JSON.stringify(rows),
    JSON.stringify(lines),
  );
  return new Map(placed.map(({ id, createdAt }) => [id, createdAt]));
}

const EARLIER_ORDERS = `
SELECT o.id, o.customer_id AS "customerId", o.idempotency_key AS key, o.request_hash AS "requestHash",
  o.message_id AS "messageId", o.created_at AS "createdAt",
  (SELECT jsonb_agg(jsonb_build_object('sku', i.sku, 'quantity', i.quantity) ORDER BY i.position)
   FROM order_items i WHERE i.order_id = o.id) AS items
FROM orders o WHERE o.idempotency_key = ANY($1::text[])`;

interface EarlierOrder {
  readonly id: string;
  readonly customerId: string;
  readonly key: string;
  readonly requestHash: string;
  readonly messageId: string;
  readonly createdAt: Date;
  readonly items: OrderItem[];
}

async function findEarlier(tx: TransactionSql, keys: readonly string[]): Promise<Map<string, EarlierOrder>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.$queryRawUnsafe<EarlierOrder[]>(EARLIER_ORDERS, keys);
  return new Map(rows.map((row) => [row.key, row]));
}

type Answerable = Pick<EarlierOrder, 'id' | 'customerId' | 'items' | 'messageId' | 'createdAt'>;

/** The answer is made of stored fields that never change, so a replay is the first answer again. */
function answerOf(order: Omit<Answerable, 'items'> & { items: readonly OrderItem[] }): PlacedOrder {
  const items = order.items.map(({ sku, quantity }) => ({ sku, quantity }));
  return {
    id: order.id,
    customerId: order.customerId,
    status: 'PENDING',
    items,
    messageId: order.messageId,
    createdAt: order.createdAt.toISOString(),
  };
}

function placedMessage(order: NewOrder, placedAt: Date): NewMessage {
  const payload = {
    orderId: order.id,
    customerId: order.customerId,
    items: [...order.items],
    placedAt: placedAt.toISOString(),
  } satisfies OrderPlaced & Record<string, unknown>;
  return {
    id: order.messageId,
    topic: ORDER_EVENTS_TOPIC,
    key: order.id,
    type: ORDER_PLACED,
    payload,
    headers: { traceparent: order.traceparent },
  };
}

/**
 * Places orders: each with its lines and its message, all of the batch in one transaction. Two
 * requests with one idempotency key, in this batch or anywhere else, make one order. One answer an
 * order, in the order given.
 *
 * Killed before the commit, nothing is there. Killed after it, the orders and messages are there
 * though nobody was told; a client that asks again with its key gets the order.
 */
export function placeOrders(database: OrderDatabase, orders: readonly NewOrder[]): Promise<Placement[]> {
  return database.$transaction(async (tx) => {
    const createdAt = await insertOrders(tx, orders);
    const messages = orders.flatMap((order) => {
      const placedAt = createdAt.get(order.id);
      return placedAt === undefined ? [] : [placedMessage(order, placedAt)];
    });
    await enqueueMany(tx, messages);

    const repeated = orders.flatMap(({ id, idempotency }) =>
      createdAt.has(id) || idempotency === null ? [] : [idempotency.key],
    );
    const earlier = await findEarlier(tx, repeated);
    return orders.map((order): Placement => {
      const placedAt = createdAt.get(order.id);
      if (placedAt !== undefined)
        return { kind: 'placed', order: answerOf({ ...order, createdAt: placedAt }) };
      const first = earlier.get(order.idempotency?.key ?? '');
      if (first === undefined) throw new Error(`order ${order.id} was neither placed nor found by its key`);
      if (first.requestHash !== order.idempotency?.requestHash) return { kind: 'key-reused' };
      return { kind: 'replayed', order: answerOf(first) };
    });
  });
}
