-- When and where each message was first published. Messages of relays of the previous version have
-- neither. Changes the catalog only: columns without a default.
-- The column is not called `position`, because order services of the previous version select all
-- columns of the table beside a `position` of their own.
SET LOCAL lock_timeout = '3s';
ALTER TABLE outbox_messages
  ADD COLUMN claimed_at timestamptz,
  ADD COLUMN broker_position text;

GRANT UPDATE (claimed_at, broker_position) ON outbox_messages TO lmt_relay;
