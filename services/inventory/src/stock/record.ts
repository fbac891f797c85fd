import type { TransactionSql } from '@lmt/inbox';
import type { StockDecision } from './decide.js';
import type { LockedStock } from './lock.js';

// Movements are inserted in decision order, so their running sum is the stock after each movement.
// Each updated row looks up its change instead of joining it; consume-once.ts explains why.
const RESERVED = '($4::jsonb -> o.order_id::text)';
const RECORD = `
WITH reserved AS (
  UPDATE reservations o
  SET status = ${RESERVED} ->> 'status', reason = ${RESERVED} ->> 'reason', updated_at = now()
  WHERE o.order_id = ANY($3::uuid[])
), moved AS (
  INSERT INTO stock_movements (order_id, sku, kind, delta)
  SELECT m.order_id, m.sku, m.kind, m.delta
  FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (order_id uuid, sku text, kind text, delta integer))
    WITH ORDINALITY AS m (order_id, sku, kind, delta, position)
  ORDER BY m.position
)
UPDATE stock_items s SET available = s.available + ($2::jsonb ->> s.sku)::integer, updated_at = now()
WHERE s.sku = ANY($5::text[])`;

/** Writes a decision. The LockedStock must come from `lockStock` in the same transaction. */
export async function recordDecision(
  tx: TransactionSql,
  { claimed }: LockedStock,
  { movements, ...decision }: StockDecision,
): Promise<void> {
  // Reservations that `lockStock` inserted with the decided status need no update.
  const reservations = decision.reservations.filter(({ orderId, status }) => claimed.get(orderId) !== status);
  if (reservations.length === 0 && movements.length === 0) return;
  const deltas = new Map<string, number>();
  for (const { sku, delta } of movements) deltas.set(sku, (deltas.get(sku) ?? 0) + delta);
  await tx.$executeRawUnsafe(
    RECORD,
    JSON.stringify(
      movements.map(({ orderId, sku, kind, delta }) => ({ order_id: orderId, sku, kind, delta })),
    ),
    JSON.stringify(Object.fromEntries(deltas)),
    reservations.map(({ orderId }) => orderId),
    JSON.stringify(
      Object.fromEntries(reservations.map(({ orderId, status, reason }) => [orderId, { status, reason }])),
    ),
    [...deltas.keys()],
  );
}
