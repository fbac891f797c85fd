import type { OrderItem } from '@lmt/contracts';
import type { TransactionSql } from '@lmt/inbox';
import type { Reservation, ReservationStatus, StockRequest, StockState } from './decide.js';

/** The state a batch decides on. This transaction holds the locks of its rows. */
export interface LockedStock extends StockState {
  /**
   * Reservations inserted for unknown orders, with the status that the first request about the
   * order will most likely lead to. Other transactions do not see them before the commit.
   * `recordDecision` corrects those that the decision changed.
   */
  readonly claimed: ReadonlyMap<string, ReservationStatus>;
}

// Locks are taken in layers: unknown reservations, known reservations, stock, and sorted within
// each layer. A transaction waits only for transactions that are in the same layer or a later one,
// so there is no deadlock.

// Locks a row that does not exist yet. Of two transactions about a new order the second waits here
// until the first has ended. It then finds the first one's reservation or, after a rollback,
// inserts its own.
const CLAIM_RESERVATIONS = `
INSERT INTO reservations (order_id, status)
SELECT r.order_id, r.status FROM jsonb_to_recordset($1::jsonb) AS r(order_id uuid, status text)
ORDER BY r.order_id
ON CONFLICT (order_id) DO NOTHING
RETURNING order_id AS "orderId", status`;

const LOCK_RESERVATIONS = `
SELECT order_id AS "orderId", status, reason FROM reservations
WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR NO KEY UPDATE`;

// While the reservation is locked no other transaction adds movements to the order.
const READ_DEDUCTED = `
SELECT order_id AS "orderId", sku, -delta AS quantity FROM stock_movements
WHERE order_id = ANY($1::uuid[]) AND kind = 'DEDUCT' ORDER BY order_id, sku`;

// NO KEY, so that inserts of movements, which reference these rows, do not wait.
const LOCK_STOCK = `
SELECT sku, available FROM stock_items WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE`;

/**
 * Locks, until the transaction ends, the rows that the requests may change, and reads them: the
 * reservations of the orders, whether they exist or not, and the stock of each sku that is ordered
 * or would be released.
 */
export async function lockStock(tx: TransactionSql, requests: readonly StockRequest[]): Promise<LockedStock> {
  async function read<Row>(statement: string, keys: readonly string[]): Promise<Row[]> {
    return keys.length === 0 ? [] : tx.$queryRawUnsafe<Row[]>(statement, keys);
  }

  const first = new Map<string, ReservationStatus>();
  for (const { kind, orderId } of requests) {
    if (!first.has(orderId)) first.set(orderId, kind === 'place' ? 'RESERVED' : 'CANCELLED');
  }
  const inserted = await tx.$queryRawUnsafe<Pick<Reservation, 'orderId' | 'status'>[]>(
    CLAIM_RESERVATIONS,
    JSON.stringify([...first].map(([order_id, status]) => ({ order_id, status }))),
  );
  const claimed = new Map(inserted.map(({ orderId, status }) => [orderId, status]));

  // A separate statement: the claim's snapshot is older than the transactions that it waited for.
  const known = [...first.keys()].filter((orderId) => !claimed.has(orderId));
  const found = await read<Reservation>(LOCK_RESERVATIONS, known);
  const reservations = new Map(found.map((reservation) => [reservation.orderId, reservation]));

  const cancelled = new Set(requests.flatMap(({ kind, orderId }) => (kind === 'cancel' ? [orderId] : [])));
  const releasable = known.filter((id) => cancelled.has(id) && reservations.get(id)?.status === 'RESERVED');
  const deducted = new Map<string, OrderItem[]>(releasable.map((orderId) => [orderId, []]));
  for (const { orderId, ...item } of await read<OrderItem & { orderId: string }>(READ_DEDUCTED, releasable))
    deducted.get(orderId)?.push(item);

  const placed = requests.flatMap((request) => (request.kind === 'place' ? request.items : []));
  const skus = new Set([...placed, ...[...deducted.values()].flat()].map(({ sku }) => sku));
  const stock = await read<{ sku: string; available: number }>(LOCK_STOCK, [...skus]);
  return {
    available: new Map(stock.map(({ sku, available }) => [sku, available])),
    reservations,
    deducted,
    claimed,
  };
}
