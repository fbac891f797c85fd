import { appendHistorySql } from './history.js';
import { type MessageStatus, sourceStates } from './lifecycle.js';
import type { Sql } from './sql.js';

const LEASABLE: readonly MessageStatus[] = ['PENDING', 'PUBLISHED'];

/**
 * Selects the rows of `$1` that this relay still owns: leased under token `$2` and in a status of
 * `$3`. If another relay has taken over the lease or a result has completed the message, the write
 * is stale and changes no row. Each statement returns how many rows it changed, so that the caller
 * can count stale writes.
 *
 * Rows are locked in id order, like in callbacks. A result may arrive while its publication is
 * being recorded, and two statements that lock the same rows in opposite orders deadlock. LATERAL
 * locks the rows one by one, each by its id. For a join, the planner may assume that almost no row
 * has a lease and read every unfinished message to find the leased ones. The statuses come from a
 * subquery, because with known ones the planner may use `outbox_due_idx`, which statistics of an
 * empty queue make look small, and read every unfinished message for each row.
 */
function ownedRows(columns: string): string {
  return `owned AS MATERIALIZED (
  SELECT r.*
  FROM (SELECT * FROM jsonb_to_recordset($1::jsonb) AS given(${columns}) ORDER BY id) AS r
  CROSS JOIN LATERAL (
    SELECT 1 FROM outbox_messages m
    WHERE m.id = r.id AND m.lease_token = $2::uuid AND m.status = ANY((SELECT $3::text[])::text[])
    FOR UPDATE
  ) AS locked
)`;
}

// The first publication of a message is in its columns, each later one in `history`. The parameters
// are those of the claim and of the broker's acknowledgement.
function setPublication(claimedAt: string, publishedAt: string): string {
  const first = (column: string, value: string) =>
    `${column} = CASE WHEN m.attempts = 0 THEN ${value} ELSE m.${column} END`;
  const dueAt = `NULLIF(m.available_at, '-infinity')`;
  const fields = `'attempt', m.attempts + 1, 'dueAt', ${dueAt}, 'claimedAt', ${claimedAt}, 'position', r.position`;
  return `attempts = m.attempts + 1, ${first('claimed_at', claimedAt)}, ${first('published_at', publishedAt)},
  ${first('broker_position', 'r.position')},
  history = CASE WHEN m.attempts = 0 THEN m.history
    ELSE ${appendHistorySql('republished', fields, publishedAt)} END`;
}

export const MARK_PUBLISHED = `
WITH ${ownedRows('id uuid, delay_ms float8, position text')}
UPDATE outbox_messages m
SET status = 'PUBLISHED', failures = 0, last_error = NULL,
  available_at = now() + r.delay_ms * interval '1 millisecond', lease_token = NULL, leased_until = NULL,
  ${setPublication('$4::timestamptz', '$5::timestamptz')}
FROM owned r WHERE m.id = r.id`;

// Skips rows that another transaction has locked, because the relay must not wait for details.
export const RECORD_OVERTAKEN = `
WITH overtaken AS MATERIALIZED (
  SELECT r.*
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, attempt int, position text)
  CROSS JOIN LATERAL (
    SELECT 1 FROM outbox_messages m
    WHERE m.id = r.id AND m.status IN ('COMPLETED', 'DEAD') AND m.attempts = r.attempt - 1
    FOR UPDATE SKIP LOCKED
  ) AS locked
)
UPDATE outbox_messages m SET ${setPublication('$2::timestamptz', '$3::timestamptz')}
FROM overtaken r WHERE m.id = r.id`;

export interface Publication {
  readonly id: string;
  /** 1 for the first publication. */
  readonly attempt: number;
  readonly delayMs: number;
  /** Where the broker stored the message, if it has positions. */
  readonly position?: string | undefined;
}

/** On the database's clock. */
export interface PublicationTimes {
  readonly claimedAt: Date;
  /** When the broker acknowledged the messages. */
  readonly publishedAt: Date;
}

/**
 * Records that the broker stored messages of one claim. Without a result they are due again after
 * `delayMs`.
 *
 * A result may overtake this record and finish the message. Its publication is then recorded
 * afterwards, without its status, unless another relay has recorded one meanwhile. If the relay dies
 * in between, claim and position of the message stay unknown.
 *
 * @returns the number of messages whose status was written
 */
export async function markPublished(
  sql: Sql,
  token: string,
  { claimedAt, publishedAt }: PublicationTimes,
  publications: readonly Publication[],
): Promise<number> {
  const rows = publications.map(({ id, delayMs, position }) => ({ id, delay_ms: delayMs, position }));
  const times = [claimedAt.toISOString(), publishedAt.toISOString()];
  const marked = await sql.$executeRawUnsafe(
    MARK_PUBLISHED,
    JSON.stringify(rows),
    token,
    sourceStates('acknowledged'),
    ...times,
  );
  if (marked < publications.length)
    await sql.$executeRawUnsafe(RECORD_OVERTAKEN, JSON.stringify(publications), ...times);
  return marked;
}

// Later messages of the same key are postponed too. If they stayed due, every claim would read and
// skip them. A message that another transaction has locked stays due, which costs only that read.
const delayStatement = (changes: string) => `
WITH ${ownedRows('id uuid, delay_ms float8, reason text')}, delayed AS (
  UPDATE outbox_messages m
  SET ${changes}last_error = r.reason,
    available_at = now() + r.delay_ms * interval '1 millisecond', lease_token = NULL, leased_until = NULL
  FROM owned r WHERE m.id = r.id
  RETURNING m.id, m.key, m.status, m.available_at
), followers AS MATERIALIZED (
  SELECT m.id, delayed.available_at
  FROM delayed
  JOIN outbox_messages m ON m.key = delayed.key AND m.status = 'PENDING' AND m.id <> delayed.id
  WHERE delayed.status = 'PENDING' AND m.available_at < delayed.available_at
  FOR UPDATE OF m SKIP LOCKED
), moved AS (
  UPDATE outbox_messages m SET available_at = f.available_at FROM followers f WHERE m.id = f.id
)
SELECT count(*)::int AS count FROM delayed`;

const SCHEDULE_RETRY = delayStatement(
  `failures = m.failures + 1, history = ${appendHistorySql('publish-failed', "'reason', r.reason")}, `,
);
const POSTPONE = delayStatement('');

type Delays = readonly { readonly id: string; readonly delayMs: number; readonly reason: string }[];

async function delay(sql: Sql, statement: string, token: string, messages: Delays): Promise<number> {
  const rows = messages.map(({ id, delayMs, reason }) => ({ id, delay_ms: delayMs, reason }));
  const [result] = await sql.$queryRawUnsafe<{ count: number }[]>(
    statement,
    JSON.stringify(rows),
    token,
    LEASABLE,
  );
  return result?.count ?? 0;
}

/** Records failures that may be transient. The messages are due again after `delayMs`. */
export async function scheduleRetry(sql: Sql, token: string, messages: Delays): Promise<number> {
  return delay(sql, SCHEDULE_RETRY, token, messages);
}

/**
 * Postpones messages whose partition or topic accepts none at present. No failure is counted, so
 * only `last_error` shows the reason.
 */
export async function postpone(sql: Sql, token: string, messages: Delays): Promise<number> {
  return delay(sql, POSTPONE, token, messages);
}

const MARK_DEAD = `
WITH ${ownedRows('id uuid, reason text')}
UPDATE outbox_messages m
SET status = 'DEAD', last_error = r.reason, lease_token = NULL, leased_until = NULL,
  history = ${appendHistorySql('died', "'reason', r.reason")}
FROM owned r WHERE m.id = r.id`;

/** Makes messages DEAD that can never be published as they are. */
export async function markDead(
  sql: Sql,
  token: string,
  messages: readonly { readonly id: string; readonly reason: string }[],
): Promise<number> {
  return sql.$executeRawUnsafe(MARK_DEAD, JSON.stringify(messages), token, sourceStates('unpublishable'));
}

const RELEASE_LEASES = `
WITH ${ownedRows('id uuid')}
UPDATE outbox_messages m SET lease_token = NULL, leased_until = NULL
FROM owned r WHERE m.id = r.id`;

/** Releases the leases and leaves the messages due. An outage does not count as their failure. */
export async function releaseLeases(sql: Sql, token: string, ids: readonly string[]): Promise<number> {
  const rows = ids.map((id) => ({ id }));
  return sql.$executeRawUnsafe(RELEASE_LEASES, JSON.stringify(rows), token, LEASABLE);
}
