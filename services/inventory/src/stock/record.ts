import type { StoredMessage } from '@lmt/inbox';
import { andCommit, type TransactionSql } from '@lmt/postgres';
import type { StockDecision, StockState } from './decide.js';
import { newest } from './lock.js';

/** The keys at which a transaction fails if another one was faster. */
const RACED_KEYS: readonly unknown[] = ['inbox_messages_pkey', 'reservations_pkey'];

// Without ON CONFLICT: if another transaction has inserted the same message or reservation since
// `lockState` read them, this one waits for it and then fails at the unique key. A retry finds the
// row. Messages are inserted before reservations, and those before movements: each counts the rows
// before it, because Postgres does not order the parts of WITH otherwise. Movements are inserted in
// decision order, so their running sum is the stock after each movement. Each updated row looks up
// its change instead of joining it; for a join, the planner would read the table in full. Stock rows
// are updated by ctid, which cannot change, because this transaction holds their locks.
const RESERVED = '($4::jsonb -> o.order_id::text)';
const RECORD = andCommit(`
WITH consumed AS (
  INSERT INTO inbox_messages (id, type, key, result)
  SELECT m.id, m.type, m.key, m.result
  FROM jsonb_to_recordset($6::jsonb) AS m(id uuid, type text, key uuid, result jsonb)
  ORDER BY m.id RETURNING id
), created AS (
  INSERT INTO reservations (order_id, status, reason)
  SELECT r.order_id, r.status, r.reason
  FROM jsonb_to_recordset($7::jsonb) AS r(order_id uuid, status text, reason text)
  WHERE (SELECT count(*) FROM consumed) > 0
  ORDER BY r.order_id RETURNING order_id
), changed AS (
  UPDATE reservations o
  SET status = ${RESERVED} ->> 'status', reason = ${RESERVED} ->> 'reason', updated_at = now()
  WHERE o.order_id = ANY($3::uuid[])
), moved AS (
  INSERT INTO stock_movements (order_id, sku, kind, delta)
  SELECT m.order_id, m.sku, m.kind, m.delta
  FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (order_id uuid, sku text, kind text, delta integer))
    WITH ORDINALITY AS m (order_id, sku, kind, delta, position)
  WHERE (SELECT count(*) FROM created) >= 0
  ORDER BY m.position
)
UPDATE stock_items s SET available = s.available + ($2::jsonb ->> s.sku)::integer, updated_at = now()
WHERE s.ctid = ANY(ARRAY(
  SELECT (SELECT ctid FROM stock_items WHERE ${newest('wanted.sku')}) FROM unnest($5::text[]) AS wanted(sku)
))`);

/**
 * Writes the messages with their results and the decision about them, and commits. The state must
 * come from `lockState` in the same transaction.
 *
 * @throws an error that `isLostRace` recognises if another transaction was faster
 */
export async function recordDecision(
  tx: TransactionSql,
  state: StockState,
  { movements, reservations }: StockDecision,
  consumed: readonly StoredMessage<unknown>[],
): Promise<void> {
  const toRow = ({ orderId, status, reason }: StockDecision['reservations'][number]) => ({
    order_id: orderId,
    status,
    reason,
  });
  const isKnown = ({ orderId }: { readonly orderId: string }) => state.reservations.has(orderId);
  const changed = reservations.filter(isKnown);
  const created = reservations.filter((reservation) => !isKnown(reservation));
  const deltas = new Map<string, number>();
  for (const { sku, delta } of movements) deltas.set(sku, (deltas.get(sku) ?? 0) + delta);
  await tx.$executeRawUnsafe(
    RECORD,
    JSON.stringify(
      movements.map(({ orderId, sku, kind, delta }) => ({ order_id: orderId, sku, kind, delta })),
    ),
    JSON.stringify(Object.fromEntries(deltas)),
    changed.map(({ orderId }) => orderId),
    JSON.stringify(
      Object.fromEntries(changed.map((reservation) => [reservation.orderId, toRow(reservation)])),
    ),
    [...deltas.keys()],
    JSON.stringify(consumed.map(({ id, type, key, result }) => ({ id, type, key, result }))),
    JSON.stringify(created.map(toRow)),
  );
}

/** Whether another transaction inserted the same message or order first, so that a retry finds it. */
export function isLostRace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, constraint } = error as Error & { readonly code?: unknown; readonly constraint?: unknown };
  return code === '23505' && RACED_KEYS.includes(constraint);
}
