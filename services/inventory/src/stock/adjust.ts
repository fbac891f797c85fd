import type { StockAdjustmentRequest, StockView } from '@lmt/contracts';
import { databaseFailure, type InventoryDatabase } from '@lmt/prisma-inventory';

/** An operator's adjustment. */
export interface AdjustmentOrder extends StockAdjustmentRequest {
  readonly sku: string;
  /** Name of the operator. */
  readonly actor: string;
  /** The operator's Idempotency-Key, if the request has one. */
  readonly key: string | null;
}

/**
 * - `adjusted`: the stock is changed.
 * - `replayed`: an earlier request with this key changed the stock. `item` is its answer.
 * - `key-reused`: an earlier request with this key was another adjustment.
 * - `refused`: the stock would drop below zero or exceed an integer. The key can be reused.
 */
export type Adjustment =
  | { readonly kind: 'adjusted' | 'replayed'; readonly item: StockView }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'refused' };

const MAX_STOCK = 2_147_483_647;

const RECORDED = `
moved AS (
  INSERT INTO stock_movements (sku, kind, delta, reason, actor, idempotency_key, available_after)
  SELECT sku, 'ADJUST', $2, $3, $4, $5, available FROM changed
)
SELECT sku, available FROM changed`;

const ADD = `
WITH changed AS (
  INSERT INTO stock_items AS s (sku, available) VALUES ($1, $2::integer)
  ON CONFLICT (sku) DO UPDATE SET available = s.available + $2::integer, updated_at = now()
  WHERE s.available <= ${MAX_STOCK} - $2::integer
  RETURNING sku, available
), ${RECORDED}`;

const TAKE = `
WITH changed AS (
  UPDATE stock_items s SET available = s.available + $2::integer, updated_at = now()
  WHERE s.sku = $1 AND s.available + $2::integer >= 0
  RETURNING sku, available
), ${RECORDED}`;

const EARLIER = `
SELECT sku, delta, reason, available_after AS available FROM stock_movements
WHERE actor = $1 AND idempotency_key = $2`;

async function findEarlier(
  database: InventoryDatabase,
  { sku, delta, reason, actor, key }: AdjustmentOrder,
): Promise<Adjustment | null> {
  if (key === null) return null;
  type Earlier = StockView & Pick<StockAdjustmentRequest, 'delta' | 'reason'>;
  const [earlier] = await database.$queryRawUnsafe<Earlier[]>(EARLIER, actor, key);
  if (earlier === undefined) return null;
  const isSame = earlier.sku === sku && earlier.delta === delta && earlier.reason === reason;
  if (!isSame) return { kind: 'key-reused' };
  return { kind: 'replayed', item: { sku, available: earlier.available } };
}

/**
 * Adjusts stock and records the movement, with the operator's key, in one statement. A positive
 * delta for an unknown sku creates the sku. Concurrent requests of one operator with the same key
 * take effect once, because the unique index rejects a second movement and the statement then
 * changes no stock either.
 */
export async function adjustStock(database: InventoryDatabase, order: AdjustmentOrder): Promise<Adjustment> {
  const { sku, delta, reason, actor, key } = order;
  const earlier = await findEarlier(database, order);
  if (earlier !== null) return earlier;

  const statement = delta > 0 ? ADD : TAKE;
  try {
    const parameters = [sku, delta, reason, actor, key] as const;
    const [changed] = await database.$queryRawUnsafe<StockView[]>(statement, ...parameters);
    if (changed !== undefined) return { kind: 'adjusted', item: changed };
  } catch (error) {
    // If the unique index did not reject a repeat, the error is thrown below.
    const repeated = databaseFailure(error) === 'data' ? await findEarlier(database, order) : null;
    if (repeated === null) throw error;
    return repeated;
  }
  // The first of two concurrent requests may leave too little stock for the second.
  return (await findEarlier(database, order)) ?? { kind: 'refused' };
}
