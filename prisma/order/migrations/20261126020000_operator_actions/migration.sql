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

-- Append-only: no service may change or delete a row.
GRANT SELECT, INSERT ON operator_actions TO lmt_order_service;
