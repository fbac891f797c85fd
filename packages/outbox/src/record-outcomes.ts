import { historyWith } from './history.js';
import { statesLeftBy } from './lifecycle.js';
import type { Sql } from './sql.js';

// Every statement here is guarded by the lease token: what a relay writes after its lease was taken
// over, or after the result came in meanwhile, touches no row. Each returns how many rows it
// touched, so that the caller can say so.

const MARK_PUBLISHED = `
UPDATE outbox_messages m
SET status = 'PUBLISHED', attempts = m.attempts + 1, failures = 0, last_error = NULL, published_at = now(),
  available_at = now() + r.delay_ms * interval '1 millisecond', lease_token = NULL, leased_until = NULL,
  history = CASE WHEN m.attempts = 0 THEN m.history
    ELSE ${historyWith('republished', "'attempt', m.attempts + 1")} END
FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, delay_ms float8)
WHERE m.id = r.id AND m.lease_token = $2::uuid AND m.status = ANY($3::text[])`;

/** The broker has them: they wait for their results until `delayMs` from now. */
export async function markPublished(
  sql: Sql,
  token: string,
  messages: readonly { readonly id: string; readonly delayMs: number }[],
): Promise<number> {
  const rows = messages.map(({ id, delayMs }) => ({ id, delay_ms: delayMs }));
  return sql.$executeRawUnsafe(MARK_PUBLISHED, JSON.stringify(rows), token, statesLeftBy('acknowledged'));
}

// Followers move along with the head of their key. Left due, each of them would be looked at, and
// passed over, by every claim.
const SCHEDULE_RETRY = `
WITH failed AS (
  UPDATE outbox_messages m
  SET failures = m.failures + 1, last_error = r.reason,
    available_at = now() + r.delay_ms * interval '1 millisecond', lease_token = NULL, leased_until = NULL,
    history = ${historyWith('publish-failed', "'reason', r.reason")}
  FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, delay_ms float8, reason text)
  WHERE m.id = r.id AND m.lease_token = $2::uuid AND m.status IN ('PENDING', 'PUBLISHED')
  RETURNING m.id, m.key, m.status, m.available_at
), followers AS (
  UPDATE outbox_messages m
  SET available_at = failed.available_at
  FROM failed
  WHERE failed.status = 'PENDING' AND m.key = failed.key AND m.status = 'PENDING' AND m.id <> failed.id
    AND m.available_at < failed.available_at
)
SELECT count(*)::int AS count FROM failed`;

/** Publishing them failed for a reason of their own that may pass: they are due again after `delayMs`. */
export async function scheduleRetry(
  sql: Sql,
  token: string,
  messages: readonly { readonly id: string; readonly delayMs: number; readonly reason: string }[],
): Promise<number> {
  const rows = messages.map(({ id, delayMs, reason }) => ({ id, delay_ms: delayMs, reason }));
  const [result] = await sql.$queryRawUnsafe<{ count: number }[]>(
    SCHEDULE_RETRY,
    JSON.stringify(rows),
    token,
  );
  return result?.count ?? 0;
}

const MARK_DEAD = `
UPDATE outbox_messages m
SET status = 'DEAD', last_error = r.reason, lease_token = NULL, leased_until = NULL,
  history = ${historyWith('died', "'reason', r.reason")}
FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, reason text)
WHERE m.id = r.id AND m.lease_token = $2::uuid AND m.status = ANY($3::text[])`;

/** They can never be published as they are: dead letters, for a person to see. */
export async function markDead(
  sql: Sql,
  token: string,
  messages: readonly { readonly id: string; readonly reason: string }[],
): Promise<number> {
  return sql.$executeRawUnsafe(MARK_DEAD, JSON.stringify(messages), token, statesLeftBy('unpublishable'));
}

const RELEASE_LEASES = `
UPDATE outbox_messages m SET lease_token = NULL, leased_until = NULL
WHERE m.id = ANY($1::uuid[]) AND m.lease_token = $2::uuid`;

/** An outage says nothing about the messages: they are due as before, nothing is counted. */
export async function releaseLeases(sql: Sql, token: string, ids: readonly string[]): Promise<number> {
  return sql.$executeRawUnsafe(RELEASE_LEASES, ids, token);
}
