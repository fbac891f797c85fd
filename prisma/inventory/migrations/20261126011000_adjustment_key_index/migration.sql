-- Concurrently, because a plain CREATE INDEX would block the consumer while it reads the table. Must
-- be the only statement of this file, so that it runs outside a transaction.
CREATE UNIQUE INDEX CONCURRENTLY stock_movements_actor_key_idx ON stock_movements (actor, idempotency_key)
WHERE idempotency_key IS NOT NULL;
