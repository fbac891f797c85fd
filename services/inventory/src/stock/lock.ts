import type { OrderItem } from '@lmt/contracts';
import type { StoredMessage } from '@lmt/inbox';
import type { TransactionSql } from '@lmt/postgres';
import type { Reservation, StockRequest, StockState } from './decide.js';

/** A request and the message that makes it. */
export interface MessageRequest {
  readonly messageId: string;
  readonly request: StockRequest;
}

/** The state that a batch decides on. This transaction holds the locks of the reservations and the stock. */
export interface LockedState<R> extends StockState {
  /** The messages of the batch that the inbox knows. */
  readonly stored: readonly StoredMessage<R>[];
}

interface LockedRows<R> {
  readonly stored: readonly StoredMessage<R>[];
  readonly reservations: readonly Reservation[];
  readonly deducted: readonly (OrderItem & { readonly orderId: string })[];
  readonly stock: readonly { readonly sku: string; readonly available: number }[];
}

/**
 * Finds a stock row by its sku and reads few of its dead versions. While a transaction holds an old
 * snapshot, each order leaves one, and the index has an entry for each page of them. Read backwards,
 * the index usually begins with the newest. With `sku = ...` the planner would ignore ORDER BY and
 * read forwards.
 */
export const newest = (sku: string) => `sku >= ${sku} AND sku <= ${sku} ORDER BY sku DESC LIMIT 1`;

// Locks are taken in layers: reservations, stock, and in record.ts new inbox rows, new
// reservations, and sorted within each layer. A transaction waits only for transactions that are in
// the same layer or a later one, so there is no deadlock. Each layer reads the one before it, which
// fixes their order. Known messages lock nothing.
//
// The statement's snapshot is older than the transactions that it waits for. Locked rows are read
// anew after the wait. Movements are inserted together with their reservation, and change only
// while it is locked. A message or reservation that another transaction has inserted meanwhile is
// missing, and record.ts then fails at its unique key.
//
// It begins with SELECT, so BEGIN is sent with it.
const LOCK = `
SELECT * FROM (
  WITH stored AS MATERIALIZED (
    SELECT id, type, key, result FROM inbox_messages WHERE id = ANY($1::uuid[])
  ), fresh AS MATERIALIZED (
    SELECT m.* FROM jsonb_to_recordset($2::jsonb) AS m(id uuid, order_id uuid, cancels boolean, skus jsonb)
    WHERE m.id NOT IN (SELECT id FROM stored)
  ), reserved AS MATERIALIZED (
    SELECT order_id, status, reason FROM reservations
    WHERE order_id = ANY(ARRAY(SELECT order_id FROM fresh)) ORDER BY order_id FOR NO KEY UPDATE
  ), deducted AS MATERIALIZED (
    SELECT order_id, sku, -delta AS quantity FROM stock_movements
    WHERE kind = 'DEDUCT' AND order_id = ANY(ARRAY(
      SELECT order_id FROM reserved WHERE status = 'RESERVED' AND order_id IN (SELECT order_id FROM fresh WHERE cancels)
    )) ORDER BY order_id, sku
  ), wanted AS MATERIALIZED (
    SELECT jsonb_array_elements_text(skus) AS sku FROM fresh UNION SELECT sku FROM deducted ORDER BY sku
  ), stock AS MATERIALIZED (
    SELECT s.sku, s.available FROM wanted w CROSS JOIN LATERAL (
      SELECT sku, available FROM stock_items WHERE ${newest('w.sku')} FOR NO KEY UPDATE
    ) AS s
  )
  SELECT
    (SELECT coalesce(jsonb_agg(s), '[]') FROM stored s) AS stored,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'status', status, 'reason', reason)), '[]')
      FROM reserved) AS reservations,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('orderId', order_id, 'sku', sku, 'quantity', quantity)), '[]')
      FROM deducted) AS deducted,
    (SELECT coalesce(jsonb_agg(s), '[]') FROM stock s) AS stock
) state`;

/**
 * Reads the messages of the batch that the inbox knows and locks, until the transaction ends, the
 * existing rows that the other messages may change: the reservations of their orders, and the stock
 * of each sku that is ordered or would be released.
 */
export async function lockState<R>(
  tx: TransactionSql,
  batch: readonly MessageRequest[],
): Promise<LockedState<R>> {
  const [rows] = await tx.$queryRawUnsafe<LockedRows<R>[]>(
    LOCK,
    batch.map(({ messageId }) => messageId),
    JSON.stringify(
      batch.map(({ messageId, request }) => ({
        id: messageId,
        order_id: request.orderId,
        cancels: request.kind === 'cancel',
        skus: request.kind === 'place' ? request.items.map(({ sku }) => sku) : [],
      })),
    ),
  );
  if (rows === undefined) throw new Error('the locked state is missing');
  const deducted = new Map<string, OrderItem[]>(rows.reservations.map(({ orderId }) => [orderId, []]));
  for (const { orderId, ...item } of rows.deducted) deducted.get(orderId)?.push(item);
  return {
    stored: rows.stored,
    available: new Map(rows.stock.map(({ sku, available }) => [sku, available])),
    reservations: new Map(rows.reservations.map((reservation) => [reservation.orderId, reservation])),
    deducted,
  };
}
