-- The inbox gets the column names of packages/inbox, which knows nothing of orders. The rename changes
-- the catalog only, but needs an exclusive lock. The time-out exceeds every transaction of a service
-- (15 s), so the migration fails only if a forgotten session holds the table, instead of blocking the
-- consumer behind it.
SET LOCAL lock_timeout = '20s';
ALTER TABLE inbox_messages RENAME COLUMN order_id TO key;
