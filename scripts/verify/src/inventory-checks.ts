// Checks that need only the inventory database.
import type { SqlChecks } from './sql-checks.js';

export const INVENTORY_CHECKS: SqlChecks = {
  I4: [
    `SELECT sku AS id, available || ' available' AS problem FROM stock_items WHERE available < 0`,
    // A movement gets its id while the SKU's stock is locked, so ids follow the commit order. The
    // finding names the first movement that leaves a negative stock. I5 covers a wrong sum.
    `SELECT sku AS id, 'movement ' || min(id) || ' left ' || (array_agg(left_over ORDER BY id))[1] AS problem
      FROM (SELECT sku, id, sum(delta) OVER (PARTITION BY sku ORDER BY id) AS left_over FROM stock_movements) m
      WHERE left_over < 0 GROUP BY sku`,
  ],
  I5: [
    // The initial stock is an ADJUST movement, so the movements alone explain the stock.
    `SELECT coalesce(s.sku, m.sku) AS id,
        coalesce(s.available::text, 'nothing') || ' available, the movements add up to ' || coalesce(m.total, 0) AS problem
      FROM stock_items s
      FULL JOIN (SELECT sku, sum(delta) AS total FROM stock_movements GROUP BY sku) m ON m.sku = s.sku
      WHERE s.available IS DISTINCT FROM coalesce(m.total, 0)`,
  ],
  I6: [
    `SELECT id, count(*) || ' inbox rows' AS problem FROM inbox_messages GROUP BY id HAVING count(*) > 1`,
    `SELECT order_id AS id, string_agg(concat_ws(' ', times, kind, 'of', sku), ', ') AS problem FROM (
        SELECT order_id, sku, kind, count(*) AS times FROM stock_movements
        WHERE order_id IS NOT NULL GROUP BY order_id, sku, kind HAVING count(*) > 1
      ) m GROUP BY order_id`,
    `SELECT order_id AS id, count(*) || ' reservations' AS problem
      FROM reservations GROUP BY order_id HAVING count(*) > 1`,
  ],
};
