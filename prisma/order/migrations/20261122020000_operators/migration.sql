-- Operators requeue dead letters: due at once, with their publish failures forgotten. The other
-- columns that their statements write may be changed by the order service already.
GRANT UPDATE (available_at, failures) ON outbox_messages TO lmt_order_service;
