-- The inventory service's tables and its inbox.
-- The login role named in the grants exists before: provision() of prisma/postgres makes it.

CREATE TABLE stock_items (
  sku        text PRIMARY KEY,
  available  integer NOT NULL CHECK (available >= 0),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- One row an order: what became of it here. CANCELLED is a tombstone: cancelled before it was
-- placed, so that a placement that comes later deducts nothing.
CREATE TABLE reservations (
  order_id   uuid PRIMARY KEY,
  status     text NOT NULL CHECK (status IN ('RESERVED', 'REJECTED', 'RELEASED', 'CANCELLED')),
  reason     text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Every change of stock. For each sku the sum of delta is stock_items.available.
CREATE TABLE stock_movements (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id   uuid,
  sku        text NOT NULL REFERENCES stock_items (sku),
  kind       text NOT NULL CHECK (kind IN ('DEDUCT', 'RELEASE', 'ADJUST')),
  delta      integer NOT NULL,
  reason     text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The last line of defence: an order deducts a sku once and gives it back once.
  UNIQUE (order_id, sku, kind),
  CONSTRAINT stock_movements_delta_sign CHECK (
    (kind = 'DEDUCT' AND delta < 0) OR (kind = 'RELEASE' AND delta > 0) OR (kind = 'ADJUST' AND delta <> 0)
  ),
  CONSTRAINT stock_movements_order CHECK ((kind = 'ADJUST') = (order_id IS NULL))
);

CREATE INDEX stock_movements_sku_id_idx ON stock_movements (sku, id);

-- The messages that took effect here, with the result that was sent back.
CREATE TABLE inbox_messages (
  id          uuid PRIMARY KEY,
  type        text NOT NULL,
  order_id    uuid NOT NULL,
  result      jsonb,
  received_at timestamptz(3) NOT NULL DEFAULT now()
) WITH (
  -- A row is inserted, then given its result in the same transaction: a heap-only update.
  fillfactor = 60,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 0
);

-- The role may change only the columns that its statements change; movements are never changed.
GRANT SELECT, INSERT ON stock_items, reservations, stock_movements, inbox_messages TO lmt_inventory_service;
GRANT UPDATE (available, updated_at) ON stock_items TO lmt_inventory_service;
GRANT UPDATE (result) ON inbox_messages TO lmt_inventory_service;
