-- The order service's tables and the local message table.
-- The login roles named in the grants exist before: provision() of prisma/postgres makes them.

CREATE TABLE orders (
  id              uuid PRIMARY KEY,
  customer_id     text NOT NULL,
  status          text NOT NULL DEFAULT 'PENDING'
                  CHECK (status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED')),
  reject_reason   text,
  idempotency_key text UNIQUE,
  -- Of the body that came with the key, to tell a repetition from a reuse.
  request_hash    text,
  -- The message that announced the order: a replayed answer names it even after it was purged.
  message_id      uuid NOT NULL,
  created_at      timestamptz(3) NOT NULL DEFAULT now(),
  updated_at      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT orders_key_has_hash CHECK ((idempotency_key IS NULL) = (request_hash IS NULL)),
  CONSTRAINT orders_rejected_has_reason CHECK (status <> 'REJECTED' OR reject_reason IS NOT NULL)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX orders_customer_id_id_idx ON orders (customer_id, id);
-- Orders under way, rejected and cancelled ones are few; listing them must not read all the others.
CREATE INDEX orders_status_id_idx ON orders (status, id) WHERE status <> 'CONFIRMED';

CREATE TABLE order_items (
  order_id uuid NOT NULL REFERENCES orders (id),
  sku      text NOT NULL,
  position smallint NOT NULL,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, sku)
);

CREATE TABLE outbox_messages (
  id           uuid PRIMARY KEY,
  seq          bigint GENERATED ALWAYS AS IDENTITY,
  topic        text NOT NULL,
  key          text NOT NULL,
  type         text NOT NULL,
  payload      jsonb NOT NULL,
  headers      jsonb NOT NULL DEFAULT '{}',
  status       text NOT NULL DEFAULT 'PENDING'
               CHECK (status IN ('PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED')),
  attempts     integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  failures     integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  available_at timestamptz NOT NULL DEFAULT now(),
  lease_token  uuid,
  leased_until timestamptz,
  result       jsonb,
  last_error   text,
  history      jsonb NOT NULL DEFAULT '[]',
  created_at   timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  completed_at timestamptz,
  CONSTRAINT outbox_lease_is_whole CHECK ((lease_token IS NULL) = (leased_until IS NULL)),
  CONSTRAINT outbox_lease_is_unfinished CHECK (lease_token IS NULL OR status IN ('PENDING', 'PUBLISHED')),
  CONSTRAINT outbox_finished_has_time CHECK ((completed_at IS NOT NULL) = (status IN ('COMPLETED', 'DISCARDED')))
) WITH (
  -- Half of each page stays free, so that the claim's update of the lease columns, which no index
  -- names, is a heap-only update.
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);

-- What the claim scans: unfinished rows only, so its cost does not grow with finished ones.
CREATE INDEX outbox_due_idx ON outbox_messages (available_at, seq) WHERE status IN ('PENDING', 'PUBLISHED');
-- Finds the first unpublished message of a key: only that one may be claimed.
CREATE INDEX outbox_key_head_idx ON outbox_messages (key, seq) WHERE status = 'PENDING';
-- A person looks up the messages of a key.
CREATE INDEX outbox_key_seq_idx ON outbox_messages (key, seq);
-- The purge of finished rows, oldest first.
CREATE INDEX outbox_finished_idx ON outbox_messages (completed_at) WHERE status IN ('COMPLETED', 'DISCARDED');
-- Dead letters are few; they are listed without reading the rest.
CREATE INDEX outbox_dead_idx ON outbox_messages (id) WHERE status = 'DEAD';

-- Each role may change only the columns that its statements change.
GRANT SELECT, INSERT ON orders TO lmt_order_service;
GRANT UPDATE (status, reject_reason, updated_at) ON orders TO lmt_order_service;
GRANT SELECT, INSERT ON order_items TO lmt_order_service;
GRANT SELECT, INSERT ON outbox_messages TO lmt_order_service;
GRANT UPDATE (status, lease_token, leased_until, result, last_error, history, completed_at)
  ON outbox_messages TO lmt_order_service;

-- The relay moves messages and purges finished ones. It can neither write new ones nor see orders.
GRANT SELECT, DELETE ON outbox_messages TO lmt_relay;
GRANT UPDATE (status, attempts, failures, available_at, lease_token, leased_until, last_error, history, published_at)
  ON outbox_messages TO lmt_relay;
