// Checks that need only the order database.
import type { SqlChecks } from './sql-checks.js';

// Longer than any pause between two publications and any lease that the relay's settings allow.
const LONGEST_PAUSE = "interval '49 hours'";
const LONGEST_LEASE = "interval '61 minutes'";

const IN_FLIGHT = "status IN ('PENDING', 'PUBLISHED')";
const UNFINISHED = "status IN ('PENDING', 'PUBLISHED', 'DEAD')";
const UNFINISHED_ORDERS = "FROM orders WHERE status IN ('PENDING', 'CANCELLING')";

const hasReason = (event: string) =>
  `jsonb_path_exists(history, '$[*] ? (@.event == "${event}" && @.reason != null && @.reason != "")')`;

export const ORDER_CHECKS: SqlChecks = {
  I1: [
    // compare-messages.ts compares placements with their orders.
    `SELECT m.id, m.type || ' without its order ' || m.key AS problem
      FROM outbox_messages m
      WHERE m.type <> 'order.placed.v1' AND NOT EXISTS (SELECT FROM orders o WHERE o.id::text = m.key)`,
  ],
  I2: [
    `SELECT id, 'another order of the customer has the same idempotency key' AS problem
      FROM orders WHERE (customer_id, idempotency_key) IN (
        SELECT customer_id, idempotency_key FROM orders WHERE idempotency_key IS NOT NULL
        GROUP BY customer_id, idempotency_key HAVING count(*) > 1)`,
    `SELECT id, CASE WHEN request_hash IS NULL THEN 'key without a hash' ELSE 'hash without a key' END AS problem
      FROM orders WHERE (idempotency_key IS NULL) <> (request_hash IS NULL)`,
  ],
  I3: [
    // An order and its messages change in one transaction, so they agree in every snapshot. A
    // missing message was purged, or its loss is reported by I1. Discarding a placement cancels its
    // order, and a cancellation cannot be discarded, so no order waits for a discarded message. The
    // placement of a cancelled order may still be unfinished.
    `SELECT o.id, o.status || ', but its messages are: ' || concat_ws(', ',
        'placed ' || p.status || coalesce(' ' || p.outcome, ''), 'cancelled ' || c.states, CASE WHEN p.id IS NULL AND c.key IS NULL THEN 'none' END) AS problem
      FROM orders o
      LEFT JOIN (SELECT id, key, status, result ->> 'outcome' AS outcome FROM outbox_messages) p
        ON p.id = o.message_id AND p.key = o.id::text
      LEFT JOIN (
        SELECT key, string_agg(concat_ws(' ', status, result ->> 'outcome'), ', ' ORDER BY seq) AS states,
          bool_or(${UNFINISHED}) AS unfinished,
          bool_or(status = 'COMPLETED' AND result ->> 'outcome' = 'SUCCEEDED') AS succeeded
        FROM outbox_messages WHERE type = 'order.cancelled.v1' GROUP BY key
      ) c ON c.key = o.id::text
      WHERE NOT CASE o.status
        WHEN 'PENDING' THEN coalesce(p.status, '') NOT IN ('COMPLETED', 'DISCARDED')
        WHEN 'CONFIRMED' THEN p.id IS NULL OR (p.status = 'COMPLETED' AND p.outcome IS NOT DISTINCT FROM 'SUCCEEDED')
        WHEN 'REJECTED' THEN p.id IS NULL OR (p.status = 'COMPLETED' AND p.outcome IS NOT DISTINCT FROM 'REJECTED')
        WHEN 'CANCELLING' THEN coalesce(c.unfinished AND NOT coalesce(c.succeeded, false), false)
        WHEN 'CANCELLED' THEN c.key IS NULL OR coalesce(c.succeeded, false)
        ELSE false
      END
      OR (o.status IN ('PENDING', 'CONFIRMED', 'REJECTED') AND coalesce(c.unfinished OR c.succeeded, false))`,
  ],
  I8: [
    `SELECT id, problem FROM (
      SELECT id, CASE
        WHEN status = 'PUBLISHED' AND (attempts < 1 OR published_at IS NULL) THEN 'PUBLISHED, but never published'
        WHEN ${IN_FLIGHT} AND NOT (available_at <= now() + ${LONGEST_PAUSE})
          THEN status || ', due only at ' || available_at
        WHEN status = 'DEAD' AND (coalesce(last_error, '') = '' OR NOT ${hasReason('died')}) THEN 'DEAD without its reason on record'
        WHEN status = 'DISCARDED' AND NOT ${hasReason('discarded')} THEN 'DISCARDED without its reason on record'
        WHEN status NOT IN ('PENDING', 'PUBLISHED', 'DEAD', 'DISCARDED') THEN 'no such state: ' || status
      END AS problem
      FROM outbox_messages WHERE status <> 'COMPLETED'
    ) m WHERE problem IS NOT NULL`,
  ],
  I11: [
    // The next claim takes over an expired lease. It takes over a lease found here after hours or
    // never.
    `SELECT id, problem FROM (
      SELECT id, CASE
        WHEN (lease_token IS NULL) <> (leased_until IS NULL) THEN 'half a lease'
        WHEN status NOT IN ('PENDING', 'PUBLISHED') THEN status || ', but still leased'
        WHEN NOT (leased_until <= now() + ${LONGEST_LEASE}) THEN 'leased until ' || leased_until
      END AS problem
      FROM outbox_messages WHERE lease_token IS NOT NULL OR leased_until IS NOT NULL
    ) m WHERE problem IS NOT NULL`,
  ],
};

/** Checks that hold only once the system is at rest. */
export const SETTLED_CHECKS: SqlChecks = {
  I10: [
    `SELECT id, concat_ws(' ', status, 'message', last_error) AS problem
      FROM outbox_messages WHERE ${UNFINISHED}`,
    `SELECT id, status || ' order' AS problem ${UNFINISHED_ORDERS}`,
  ],
  I11: [
    `SELECT id, 'leased until ' || leased_until AS problem FROM outbox_messages
      WHERE ${IN_FLIGHT} AND leased_until <= now() + ${LONGEST_LEASE}`,
  ],
};

/** Notes on states that violate no invariant. Each statement returns a row with `note`, or none. */
export const ORDER_NOTES: SqlChecks = {
  I8: [
    `SELECT 'DEAD messages waiting for an operator: ' || count(*) AS note
      FROM outbox_messages WHERE status = 'DEAD' HAVING count(*) > 0`,
  ],
  I10: [
    `SELECT 'unfinished messages: ' || count(*) || ', the oldest for '
        || round(extract(epoch FROM now() - min(created_at))) || ' s' AS note
      FROM outbox_messages WHERE ${IN_FLIGHT} HAVING count(*) > 0`,
    `SELECT 'unfinished orders: ' || count(*) AS note ${UNFINISHED_ORDERS} HAVING count(*) > 0`,
  ],
  I11: [
    `SELECT 'expired leases: ' || count(*) || ', the oldest for ' || round(extract(epoch FROM now() - min(leased_until)))
        || ' s; the next claim takes them over' AS note
      FROM outbox_messages WHERE ${IN_FLIGHT} AND leased_until < now() HAVING count(*) > 0`,
  ],
};
