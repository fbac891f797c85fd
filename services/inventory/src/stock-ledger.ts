import type { TransactionSql } from '@lmt/inbox';
import type { Movement, Placement, Reservation, StockDecision, StockState } from './stock-decision.js';

// Sorted, so that two transactions about the same skus wait for each other instead of deadlocking.
// NO KEY: movements refer to these rows and need not wait.
const LOCK_STOCK = `
SELECT sku, available FROM stock_items WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE`;

const READ_RESERVATIONS = `
SELECT order_id AS "orderId", status, reason FROM reservations WHERE order_id = ANY($1::uuid[])`;

/** Locks the stock of the placements' skus until the transaction ends, and reads what is known. */
export async function lockStock(tx: TransactionSql, placements: readonly Placement[]): Promise<StockState> {
  const skus = [...new Set(placements.flatMap(({ items }) => items.map(({ sku }) => sku)))];
  const orderIds = [...new Set(placements.map(({ orderId }) => orderId))];
  const stock = await tx.$queryRawUnsafe<{ sku: string; available: number }[]>(LOCK_STOCK, skus);
  const reservations = await tx.$queryRawUnsafe<Reservation[]>(READ_RESERVATIONS, orderIds);
  return {
    available: new Map(stock.map(({ sku, available }) => [sku, available])),
    reservations: new Map(reservations.map((reservation) => [reservation.orderId, reservation])),
  };
}

// A reservation that another transaction made meanwhile fails the insert, and with it the batch,
// which is then run again and finds it.
const RECORD = `
WITH reserved AS (
  INSERT INTO reservations (order_id, status, reason)
  SELECT r.order_id, r.status, r.reason
  FROM jsonb_to_recordset($1::jsonb) AS r(order_id uuid, status text, reason text)
), moved AS (
  INSERT INTO stock_movements (order_id, sku, kind, delta)
  SELECT m.order_id, m.sku, m.kind, m.delta
  FROM jsonb_to_recordset($2::jsonb) AS m(order_id uuid, sku text, kind text, delta integer)
)
UPDATE stock_items s SET available = s.available + c.delta, updated_at = now()
FROM jsonb_to_recordset($3::jsonb) AS c(sku text, delta integer)
WHERE s.sku = c.sku`;

function deltaBySku(movements: readonly Movement[]): { sku: string; delta: number }[] {
  const deltas = new Map<string, number>();
  for (const { sku, delta } of movements) deltas.set(sku, (deltas.get(sku) ?? 0) + delta);
  return [...deltas].map(([sku, delta]) => ({ sku, delta }));
}

/** Writes a decision made on what `lockStock` returned in the same transaction. */
export async function recordDecision(tx: TransactionSql, decision: StockDecision): Promise<void> {
  if (decision.reservations.length === 0) return;
  const reservations = decision.reservations.map(({ orderId, status, reason }) => ({
    order_id: orderId,
    status,
    reason,
  }));
  const movements = decision.movements.map(({ orderId, sku, kind, delta }) => ({
    order_id: orderId,
    sku,
    kind,
    delta,
  }));
  await tx.$executeRawUnsafe(
    RECORD,
    JSON.stringify(reservations),
    JSON.stringify(movements),
    JSON.stringify(deltaBySku(decision.movements)),
  );
}
