import { appendHistorySql } from './history.js';
import { type MessageStatus, sourceStates } from './lifecycle.js';
import type { Sql } from './sql.js';

const LEASABLE: readonly MessageStatus[] = ['PENDING', 'PUBLISHED'];

/** The change of row `m` in `$1`, which maps ids to changes. */
const change = (field: string) => `($1::jsonb -> m.id::text ->> '${field}')`;
const DUE_AT = `now() + ${change('delayMs')}::float8 * interval '1 millisecond'`;

/**
 * Changes the rows with the ids `$2` that this relay still owns: leased under token `$3` and in a
 * status of `$4`. If another relay has taken over the lease or a result has completed the message,
 * the write is stale and changes no row. Each statement returns how many rows it changed, so that
 * the caller can count stale writes.
 *
 * The index scan visits the ids of the array in index order. Rows are thus locked in id order, like
 * in callbacks. A result may arrive while its publication is being recorded, and two statements
 * that lock the same rows in opposite orders deadlock.
 *
 * Each row looks up its change, without a join. For a join the planner may read the whole table,
 * if the statistics describe an empty one. The statuses come from a subquery, because with
 * constant ones the planner may read every unfinished message in `outbox_due_idx`.
 */
const updateOwned = (assignments: string) => `
UPDATE outbox_messages m SET ${assignments}, lease_token = NULL, leased_until = NULL
WHERE m.id = ANY($2::uuid[]) AND m.lease_token = $3::uuid AND m.status = ANY((SELECT $4::text[])::text[])`;

// The first publication of a message is in its columns, each later one in `history`. The parameters
// are those of the claim and of the broker's acknowledgement.
function setPublication(claimedAt: string, publishedAt: string): string {
  const first = (column: string, value: string) =>
    `${column} = CASE WHEN m.attempts = 0 THEN ${value} ELSE m.${column} END`;
  const position = change('position');
  const dueAt = `NULLIF(m.available_at, '-infinity')`;
  const fields = `'attempt', m.attempts + 1, 'dueAt', ${dueAt}, 'claimedAt', ${claimedAt}, 'position', ${position}`;
  return `attempts = m.attempts + 1, ${first('claimed_at', claimedAt)}, ${first('published_at', publishedAt)},
  ${first('broker_position', position)},
  history = CASE WHEN m.attempts = 0 THEN m.history
    ELSE ${appendHistorySql('republished', fields, publishedAt)} END`;
}

export const MARK_PUBLISHED = updateOwned(`status = 'PUBLISHED', failures = 0, last_error = NULL,
  available_at = ${DUE_AT}, ${setPublication('$5::timestamptz', '$6::timestamptz')}`);

// Skips rows that another transaction has locked, because the relay must not wait for details.
export const RECORD_OVERTAKEN = `
WITH overtaken AS MATERIALIZED (
  SELECT m.id FROM outbox_messages m
  WHERE m.id = ANY($2::uuid[]) AND m.status IN ('COMPLETED', 'DEAD')
    AND m.attempts = ${change('attempt')}::int - 1
  FOR UPDATE SKIP LOCKED
)
UPDATE outbox_messages m SET ${setPublication('$3::timestamptz', '$4::timestamptz')}
WHERE m.id = ANY(ARRAY(SELECT id FROM overtaken))`;

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
  const times = [claimedAt.toISOString(), publishedAt.toISOString()];
  const { changes, ids } = mapById(publications);
  const owned = [token, sourceStates('acknowledged')];
  const marked = await sql.$executeRawUnsafe(MARK_PUBLISHED, changes, ids, ...owned, ...times);
  if (marked < publications.length) await sql.$executeRawUnsafe(RECORD_OVERTAKEN, changes, ids, ...times);
  return marked;
}

// Later messages of the same key are postponed too. If they stayed due, every claim would read and
// skip them. A message that another transaction has locked stays due, which costs only that read.
const delayStatement = (assignments: string) => `
WITH delayed AS (${updateOwned(`${assignments}last_error = ${change('reason')}, available_at = ${DUE_AT}`)}
  RETURNING m.id, m.key, m.status, m.available_at
), followers AS MATERIALIZED (
  SELECT w.id FROM delayed d CROSS JOIN LATERAL (
    SELECT m.id FROM outbox_messages m
    WHERE m.key = d.key AND m.status = 'PENDING' AND m.id <> d.id AND m.available_at < d.available_at
    ORDER BY m.seq
    FOR UPDATE SKIP LOCKED
  ) AS w
  WHERE d.status = 'PENDING'
), moved AS (
  UPDATE outbox_messages m
  SET available_at = ((SELECT jsonb_object_agg(key, available_at) FROM delayed) ->> m.key)::timestamptz
  WHERE m.id = ANY(ARRAY(SELECT id FROM followers))
)
SELECT count(*)::int AS count FROM delayed`;

export const SCHEDULE_RETRY = delayStatement(
  `failures = m.failures + 1, history = ${appendHistorySql('publish-failed', `'reason', ${change('reason')}`)}, `,
);
export const POSTPONE = delayStatement('');

type Delays = readonly { readonly id: string; readonly delayMs: number; readonly reason: string }[];

async function delay(sql: Sql, statement: string, token: string, messages: Delays): Promise<number> {
  const { changes, ids } = mapById(messages);
  const [result] = await sql.$queryRawUnsafe<{ count: number }[]>(statement, changes, ids, token, LEASABLE);
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

export const MARK_DEAD = updateOwned(`status = 'DEAD', last_error = ${change('reason')},
  history = ${appendHistorySql('died', `'reason', ${change('reason')}`)}`);

/** Makes messages DEAD that can never be published as they are. */
export async function markDead(
  sql: Sql,
  token: string,
  messages: readonly { readonly id: string; readonly reason: string }[],
): Promise<number> {
  const { changes, ids } = mapById(messages);
  return sql.$executeRawUnsafe(MARK_DEAD, changes, ids, token, sourceStates('unpublishable'));
}

export const RELEASE_LEASES = `
UPDATE outbox_messages m SET lease_token = NULL, leased_until = NULL
WHERE m.id = ANY($1::uuid[]) AND m.lease_token = $2::uuid`;

/** Releases the leases and leaves the messages due. An outage does not count as their failure. */
export async function releaseLeases(sql: Sql, token: string, ids: readonly string[]): Promise<number> {
  return sql.$executeRawUnsafe(RELEASE_LEASES, ids, token);
}

function mapById(changes: readonly { readonly id: string }[]) {
  const entries = changes.map(({ id, ...change }) => [id, change] as const);
  return { changes: JSON.stringify(Object.fromEntries(entries)), ids: entries.map(([id]) => id) };
}
