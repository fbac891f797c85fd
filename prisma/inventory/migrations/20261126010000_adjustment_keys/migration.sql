-- An operator's name and Idempotency-Key are stored with the adjustment, so that a retry after a lost
-- answer gets the first answer again instead of adjusting the stock twice. available_after is that
-- answer. Nullable columns without a default change the catalog only, but need an exclusive lock. The
-- time-out keeps the consumer from queueing behind the migration while another session holds the table.
SET LOCAL lock_timeout = '3s';
ALTER TABLE stock_movements
  ADD COLUMN actor text,
  ADD COLUMN idempotency_key text,
  ADD COLUMN available_after integer;
