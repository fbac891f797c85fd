-- Changes only the catalog. No statement reads or rewrites a table.
SET LOCAL lock_timeout = '3s';

-- A movement is written in the transaction that has locked its stock row, and no role may delete stock.
-- While a transaction held an old snapshot, each check of the key read all versions of the row since then.
ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_sku_fkey;
