-- Idempotency keys are unique for each customer. The index is built without blocking writes, which
-- works only outside a transaction, so this file has a single statement.
CREATE UNIQUE INDEX CONCURRENTLY orders_customer_id_idempotency_key_key ON orders (customer_id, idempotency_key);
