import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';
import { appendHistorySql } from './history.js';
import { type MessageEvent, type MessageStatus, transition } from './lifecycle.js';
import type { Sql, TransactionSql } from './sql.js';

/** An operator's decision, as `history` records it. See also recordAction. */
export interface Decision {
  readonly by: string;
  readonly reason?: string | undefined;
}

export interface DecidedMessage {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly lastError: string | null;
}

/**
 * - `conflict`: the message is in another `status` and stays unchanged.
 * - `unknown`: the message does not exist, was purged, or was skipped because it is locked.
 */
type UnchangedMessage =
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

export type RequeuedMessage = ({ readonly outcome: 'requeued' } & DecidedMessage) | UnchangedMessage;

/**
 * - `discarded`: the message was DEAD and is now DISCARDED.
 * - `refused`: the message stays DEAD because its type must not be discarded.
 */
export type DiscardedMessage =
  | ({ readonly outcome: 'discarded' | 'refused' } & DecidedMessage)
  | UnchangedMessage;

/** `due`: the message is due already, so it stays unchanged. */
export type SentMessage = ({ readonly outcome: 'sent-now' | 'due' } & DecidedMessage) | UnchangedMessage;

interface Options {
  /** Skips locked messages instead of waiting for them. */
  readonly skipLocked?: boolean;
}

// These statements run on locked rows. A dead letter has no lease (outbox_lease_is_unfinished). If
// it has a result, the result is the consumer's FAILED. A requeue clears the result, because an
// unfinished message has none. `last_error` and `history` keep the reason.
const REQUEUE = wakingRelays(`
  UPDATE outbox_messages m
  SET status = 'PENDING', available_at = '-infinity', failures = 0, result = NULL,
    history = ${appendHistorySql('requeued', "'by', $2::text, 'reason', $3::text")}
  WHERE m.id = ANY($1::uuid[])
  RETURNING 1`);

const DISCARD = `
UPDATE outbox_messages m
SET status = 'DISCARDED', completed_at = now(),
  history = ${appendHistorySql('discarded', "'by', $2::text, 'reason', $3::text")}
WHERE m.id = ANY($1::uuid[])`;

const SEND_NOW = wakingRelays(`
  UPDATE outbox_messages m
  SET available_at = '-infinity', failures = 0,
    history = ${appendHistorySql('sent-now', "'by', $2::text, 'reason', $3::text")}
  WHERE m.id = ANY($1::uuid[])
  RETURNING 1`);

function wakingRelays(update: string): string {
  return `
WITH changed AS (${update}
)
SELECT pg_notify('${WAKE_UP_CHANNEL}', '${OLD_MESSAGES}')::text FROM (SELECT count(*) FROM changed) AS written`;
}

/**
 * Requeues dead letters in the caller's transaction. They are due at once and keep their attempts
 * and last error. The history records the operator. Only DEAD messages change, so repeated or
 * concurrent calls requeue a message once. If a result completed the message first, the answer is
 * `conflict`.
 *
 * A dead letter does not block later messages of its key. After a requeue it is published before
 * the PENDING messages of its key, but messages published while it was DEAD have overtaken it. The
 * consumer must handle that order.
 *
 * If the consumer has processed the message before but its result was lost, the consumer returns
 * the stored result.
 */
export function requeueMessages(
  tx: TransactionSql,
  ids: readonly string[],
  decision: Decision,
  options: Options = {},
): Promise<RequeuedMessage[]> {
  return decideMessages(tx, REQUEUE, ids, decision, options, 'requeued', () => 'requeued');
}

/**
 * Discards dead letters and records the operator and the reason. A DISCARDED message is never
 * republished and accepts no result. An earlier copy may still be in flight, so the caller's
 * transaction must also revoke the message, for example by enqueueing a cancellation.
 *
 * Messages of the types in `keep` are `refused`.
 */
export function discardMessages(
  tx: TransactionSql,
  ids: readonly string[],
  decision: Decision & { readonly reason: string },
  { keep = [], ...options }: Options & { readonly keep?: readonly string[] } = {},
): Promise<DiscardedMessage[]> {
  return decideMessages(tx, DISCARD, ids, decision, options, 'discarded', ({ type }) =>
    keep.includes(type) ? 'refused' : 'discarded',
  );
}

/**
 * Makes unfinished messages due at once, whether they are delayed, back off, wait for their
 * result, or have a due time of a wrong clock. A PUBLISHED message is republished, and the inbox recognises the
 * duplicate. A message that is being published is already due. Earlier PENDING messages of the key
 * are still published first: send them too if they are not due.
 */
export function sendMessagesNow(
  tx: TransactionSql,
  ids: readonly string[],
  decision: Decision,
  options: Options = {},
): Promise<SentMessage[]> {
  return decideMessages(tx, SEND_NOW, ids, decision, options, 'sent-now', ({ isDue }) =>
    isDue ? 'due' : 'sent-now',
  );
}

interface LockedMessage extends DecidedMessage {
  readonly status: MessageStatus;
  readonly isDue: boolean;
}

/**
 * Locks the messages in id order. Callbacks use the same order (complete-messages.ts), so the two
 * wait for each other instead of deadlocking.
 */
function lockMessages(sql: Sql, ids: readonly string[], skipLocked: boolean): PromiseLike<LockedMessage[]> {
  return sql.$queryRawUnsafe(
    `
SELECT m.id, m.key, m.type, m.status, m.last_error AS "lastError", m.available_at <= now() AS "isDue"
FROM outbox_messages m WHERE m.id = ANY($1::uuid[]) ORDER BY m.id FOR UPDATE ${skipLocked ? 'SKIP LOCKED' : ''}`,
    ids,
  );
}

/**
 * Locks the messages and calls `decide` for each message that `event` may change. Changes the
 * messages whose outcome is `event`. Returns one answer per distinct id, in the order given.
 */
async function decideMessages<O extends string>(
  tx: TransactionSql,
  statement: string,
  ids: readonly string[],
  { by, reason }: Decision,
  { skipLocked = false }: Options,
  event: O & MessageEvent,
  decide: (message: LockedMessage) => O,
): Promise<(({ readonly outcome: O } & DecidedMessage) | UnchangedMessage)[]> {
  const answers = new Map<string, ({ readonly outcome: O } & DecidedMessage) | UnchangedMessage>();
  for (const id of ids) answers.set(id, { outcome: 'unknown', id });
  for (const message of await lockMessages(tx, ids, skipLocked)) {
    const { id, key, type, lastError, status } = message;
    const changes = transition(status, event) !== null;
    const answer = { outcome: decide(message), id, key, type, lastError };
    answers.set(id, changes ? answer : { outcome: 'conflict', id, status });
  }
  const all = [...answers.values()];
  const changed = all.flatMap(({ outcome, id }) => (outcome === event ? [id] : []));
  if (changed.length > 0) await tx.$queryRawUnsafe(statement, changed, by, reason ?? null);
  return all;
}

/** Finds the messages of an earlier selection, in id order. */
export function findDecided(sql: Sql, ids: readonly string[]): PromiseLike<DecidedMessage[]> {
  return sql.$queryRawUnsafe(
    `
SELECT m.id, m.key, m.type, m.last_error AS "lastError"
FROM outbox_messages m WHERE m.id = ANY($1::uuid[]) ORDER BY m.id`,
    ids,
  );
}
