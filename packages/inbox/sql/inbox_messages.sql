-- The inbox. Run this as a migration of your own database.

CREATE TABLE inbox_messages (
  id          uuid PRIMARY KEY,
  type        text NOT NULL,
  key         uuid NOT NULL,
  result      jsonb,
  received_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (
  -- A transaction inserts a row and then stores its result by a heap-only update.
  fillfactor = 60,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 0
);
