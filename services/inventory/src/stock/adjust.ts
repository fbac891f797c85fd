import type { StockAdjustmentRequest, StockView } from '@lmt/contracts';
import type { InventoryDatabase } from '@lmt/prisma-inventory';

const MAX_STOCK = 2_147_483_647;

const RECORDED = `
moved AS (
  INSERT INTO stock_movements (sku, kind, delta, reason) SELECT sku, 'ADJUST', $2, $3 FROM changed
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

/**
 * Adjusts stock and records the movement in one statement. Returns null if the stock would drop
 * below zero or exceed an integer. A positive delta for an unknown sku creates the sku.
 */
export async function adjustStock(
  database: InventoryDatabase,
  sku: string,
  { delta, reason }: StockAdjustmentRequest,
): Promise<StockView | null> {
  const statement = delta > 0 ? ADD : TAKE;
  const [changed] = await database.$queryRawUnsafe<StockView[]>(statement, sku, delta, reason);
  return changed ?? null;
}
