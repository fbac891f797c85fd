-- Another customer may use the same key. From here on, order services of the previous version fail to
-- place orders, because their ON CONFLICT names a constraint that is gone. Replace them now.
-- Locks the table for milliseconds. While the lock waits, it blocks writes for at most 3 s.
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders
  ADD UNIQUE USING INDEX orders_customer_id_idempotency_key_key,
  DROP CONSTRAINT orders_idempotency_key_key;
