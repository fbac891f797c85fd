import { ORDER_PLACED, type OrderItem, type PlacedOrder } from '@lmt/contracts';
import { enqueueSql } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { failPoint } from '@lmt/resilience';
import { retryConflicts } from '../database.js';
import { toMessage } from './order-events.js';

/** A client's order, with ids for the order and its message. */
export interface NewOrder {
  readonly id: string;
  readonly messageId: string;
  readonly customerId: string;
  readonly items: readonly OrderItem[];
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  /** W3C trace context, passed on to the consumer. */
  readonly traceparent: string;
}

/**
 * Result of a request. Idempotency keys are scoped to a customer.
 * - `placed`: the order and its message are committed.
 * - `replayed`: an earlier request with this key and body placed this order.
 * - `key-reused`: an earlier request with this key had another body.
 */
export type Placement =
  | { readonly kind: 'placed' | 'replayed'; readonly order: PlacedOrder }
  | { readonly kind: 'key-reused' };

// Inserts in the order of the unique index, so transactions with the same keys wait for each other
// and cannot deadlock. An existing key returns no row, and its message is not written. If another
// transaction has inserted the key but not committed, the statement waits for that transaction.
const PLACE_ORDERS = `
WITH placed AS (
  INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
  SELECT o.id, o.customer_id, o.idempotency_key, o.request_hash, o.message_id
  FROM jsonb_to_recordset($1::jsonb)
    AS o(id uuid, customer_id text, idempotency_key text, request_hash text, message_id uuid)
  ORDER BY o.customer_id, o.idempotency_key
  ON CONFLICT (customer_id, idempotency_key) DO NOTHING
  RETURNING id, message_id, created_at
), lines AS (
  INSERT INTO order_items (order_id, sku, position, quantity)
  SELECT i.order_id, i.sku, i.position, i.quantity
  FROM jsonb_to_recordset($2::jsonb) AS i(order_id uuid, sku text, position smallint, quantity integer)
  JOIN placed ON placed.id = i.order_id
), messages AS (
  ${enqueueSql('$3', {
    join: 'JOIN placed ON placed.message_id = m.id',
    payload: `m.payload || jsonb_build_object('placedAt',
      to_char(placed.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`,
  })}
)
SELECT id, created_at AS "createdAt" FROM placed`;

/** Returns when the orders were created. An order whose key exists is missing. */
async function insertOrders(
  database: OrderDatabase,
  orders: readonly NewOrder[],
): Promise<Map<string, Date>> {
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
  const messages = orders.map(({ id: orderId, customerId, items, messageId, traceparent }) =>
    toMessage(
      messageId,
      { type: ORDER_PLACED, payload: { orderId, customerId, items: [...items] } },
      traceparent,
    ),
  );
  const placed = await database.$queryRawUnsafe<{ id: string; createdAt: Date }[]>(
    PLACE_ORDERS,
    JSON.stringify(rows),
    JSON.stringify(lines),
    JSON.stringify(messages),
  );
  return new Map(placed.map(({ id, createdAt }) => [id, createdAt]));
}

const EARLIER_ORDERS = `
SELECT o.id, o.customer_id AS "customerId", o.idempotency_key AS key, o.request_hash AS "requestHash",
  o.message_id AS "messageId", o.created_at AS "createdAt",
  (SELECT jsonb_agg(jsonb_build_object('sku', i.sku, 'quantity', i.quantity) ORDER BY i.position)
   FROM order_items i WHERE i.order_id = o.id) AS items
FROM orders o
WHERE (o.customer_id, o.idempotency_key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;

interface EarlierOrder {
  readonly id: string;
  readonly customerId: string;
  readonly key: string;
  readonly requestHash: string;
  readonly messageId: string;
  readonly createdAt: Date;
  readonly items: readonly OrderItem[];
}

/** Identifies a customer's key. A key contains no space. */
export const identifyKey = (customerId: string, key: string) => `${key} ${customerId}`;

/**
 * Finds the orders that the same customers placed earlier with the same keys. Call it after the
 * commit, when no other transaction can still be inserting them.
 */
async function findEarlierOrders(
  database: OrderDatabase,
  orders: readonly NewOrder[],
): Promise<Map<string, EarlierOrder>> {
  if (orders.length === 0) return new Map();
  const earlier = await retryConflicts(() =>
    database.$queryRawUnsafe<EarlierOrder[]>(
      EARLIER_ORDERS,
      orders.map(({ customerId }) => customerId),
      orders.map(({ idempotency }) => idempotency?.key),
    ),
  );
  return new Map(earlier.map((order) => [identifyKey(order.customerId, order.key), order]));
}

/** Uses only stored fields that never change, so a replay returns the first response again. */
function toPlacedOrder(order: Omit<EarlierOrder, 'key' | 'requestHash'>): PlacedOrder {
  const { id, customerId, messageId } = order;
  const items = order.items.map(({ sku, quantity }) => ({ sku, quantity }));
  return { id, customerId, status: 'PENDING', items, messageId, createdAt: order.createdAt.toISOString() };
}

/**
 * Places orders, with their items and messages, in one transaction of one statement. Requests of a
 * customer with the same idempotency key, in this or any other batch, place only one order. Returns
 * one outcome per order, in the order given. `claim` runs right before the statement, which commits
 * by itself. If `claim` throws, nothing is written.
 *
 * If the earlier orders of repeated keys cannot be read, only the repeated requests are rejected.
 *
 * A crash before the commit writes nothing. After a crash following the commit, the orders and
 * messages exist, but no client has received a response. A client that retries with its key gets
 * the order.
 */
export async function placeOrders(
  database: OrderDatabase,
  orders: readonly NewOrder[],
  claim: () => void = () => {},
): Promise<PromiseSettledResult<Placement>[]> {
  const createdAt = await retryConflicts(async () => {
    await failPoint('post.beforeCommit');
    claim();
    return insertOrders(database, orders);
  });
  await failPoint('post.afterCommit');

  const repeated = orders.filter(({ id }) => !createdAt.has(id));
  const [earlier] = await Promise.allSettled([findEarlierOrders(database, repeated)]);
  return orders.map((order) => {
    const placedAt = createdAt.get(order.id);
    if (placedAt !== undefined)
      return fulfil({ kind: 'placed', order: toPlacedOrder({ createdAt: placedAt, ...order }) });
    if (earlier.status === 'rejected') return earlier;
    const first = earlier.value.get(identifyKey(order.customerId, order.idempotency?.key ?? ''));
    if (first === undefined)
      return {
        status: 'rejected',
        reason: new Error(`order ${order.id} was neither placed nor found by its key`),
      };
    if (first.requestHash !== order.idempotency?.requestHash) return fulfil({ kind: 'key-reused' });
    return fulfil({ kind: 'replayed', order: toPlacedOrder(first) });
  });
}

const fulfil = (value: Placement) => ({ status: 'fulfilled', value }) as const;
