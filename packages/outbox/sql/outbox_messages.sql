-- The local message table. Run this as a migration of your own database.

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
  -- A new message is due at any time of the database clock, also after the clock was set back.
  available_at timestamptz NOT NULL DEFAULT '-infinity',
  lease_token  uuid,
  leased_until timestamptz,
  result       jsonb,
  last_error   text,
  history      jsonb NOT NULL DEFAULT '[]',
  created_at   timestamptz NOT NULL DEFAULT now(),
  published_at timestamptz,
  completed_at timestamptz,
  -- With published_at: the first publication. Later ones are in `history`.
  claimed_at   timestamptz,
  broker_position text,
  CONSTRAINT outbox_lease_is_whole CHECK ((lease_token IS NULL) = (leased_until IS NULL)),
  CONSTRAINT outbox_lease_is_unfinished CHECK (lease_token IS NULL OR status IN ('PENDING', 'PUBLISHED')),
  CONSTRAINT outbox_finished_has_time CHECK ((completed_at IS NOT NULL) = (status IN ('COMPLETED', 'DISCARDED')))
) WITH (
  -- Half of each page stays free for heap-only updates. A claim updates only the lease columns, and
  -- no index contains them.
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);

-- The claim scans this index. Finished rows are not in it, so they do not slow the claim.
CREATE INDEX outbox_due_idx ON outbox_messages (available_at, seq) WHERE status IN ('PENDING', 'PUBLISHED');
-- Finds the first PENDING message of a key. Later PENDING ones may be claimed only together with it.
CREATE INDEX outbox_key_head_idx ON outbox_messages (key, seq) WHERE status = 'PENDING';
-- Finds the messages of a key.
CREATE INDEX outbox_key_seq_idx ON outbox_messages (key, seq);
-- Finds the finished rows to purge, oldest first.
CREATE INDEX outbox_finished_idx ON outbox_messages (completed_at) WHERE status IN ('COMPLETED', 'DISCARDED');
-- Lists the dead letters without reading other rows.
CREATE INDEX outbox_dead_idx ON outbox_messages (id) WHERE status = 'DEAD';

-- Deletes up to a thousand messages that finished more than `retention` ago, oldest first, and
-- returns their number and the last time of completion. Rows that other transactions have locked
-- are skipped, so concurrent purges do not wait for each other. `finished_from` lets the caller
-- resume behind the rows it has deleted, whose index entries remain while a snapshot is held.
CREATE FUNCTION purge_finished_messages(
  retention interval, finished_from timestamptz, OUT purged integer, OUT finished_until timestamptz
)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  WITH finished AS MATERIALIZED (
    SELECT f.id FROM outbox_messages f
    WHERE f.status IN ('COMPLETED', 'DISCARDED')
      AND f.completed_at >= finished_from AND f.completed_at <= now() - retention
    ORDER BY f.completed_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM outbox_messages m WHERE m.id = ANY(ARRAY(SELECT id FROM finished)) RETURNING m.completed_at
  )
  SELECT count(*)::integer, max(completed_at) FROM deleted;
END;

-- The relay needs SELECT and UPDATE on the table, SELECT on its sequence, EXECUTE on this function, and no
-- DELETE. The function runs with the rights of the table's owner.
REVOKE ALL ON FUNCTION purge_finished_messages FROM PUBLIC;

-- Operators' decisions, one row for each message that changed. The rows outlive the messages.
CREATE TABLE operator_actions (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at              timestamptz NOT NULL DEFAULT now(),
  actor           text NOT NULL,
  action          text NOT NULL CHECK (action IN ('requeue', 'discard', 'send-now')),
  -- Null if the request changed no message. Such a row only keeps the answer to the request.
  message_id      uuid,
  message_key     text,
  message_type    text,
  reason          text,
  -- The first row of a request with an Idempotency-Key keeps the answer for a retry.
  idempotency_key text,
  request_hash    text,
  answer          jsonb,
  CONSTRAINT operator_actions_is_whole CHECK (
    (idempotency_key IS NULL) = (request_hash IS NULL) AND (idempotency_key IS NULL) = (answer IS NULL)
    AND (message_id IS NOT NULL OR idempotency_key IS NOT NULL)
  )
);
CREATE UNIQUE INDEX operator_actions_request_idx ON operator_actions (actor, idempotency_key);
CREATE INDEX operator_actions_message_idx ON operator_actions (message_id, id);
CREATE INDEX operator_actions_actor_idx ON operator_actions (actor, id);
-- Append-only: grant the application's role SELECT and INSERT only.
