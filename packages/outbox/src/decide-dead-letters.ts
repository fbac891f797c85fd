import { type DeadLetter, lockSelected, type Selection } from './dead-letters.js';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';
import { appendHistorySql } from './history.js';
import { type MessageStatus, transition } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

/** An operator's decision, as `history` records it. */
export interface Decision {
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * - `conflict`: the message is not DEAD and stays unchanged, in its current `status`.
 * - `unknown`: the message does not exist or was purged.
 */
type UnchangedMessage =
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

export type RequeuedMessage = ({ readonly outcome: 'requeued' } & DeadLetter) | UnchangedMessage;

/**
 * - `discarded`: the message was DEAD and is now DISCARDED.
 * - `refused`: the message stays DEAD because its type must not be discarded.
 */
export type DiscardedMessage =
  | ({ readonly outcome: 'discarded' | 'refused' } & DeadLetter)
  | UnchangedMessage;

// Both statements run on locked rows. A dead letter has no lease (outbox_lease_is_unfinished). Its
// result, if any, is the consumer's FAILED. Requeueing clears it, because an unfinished message has
// no result. `last_error` and `history` keep its reason.
const REQUEUE = `
WITH requeued AS (
  UPDATE outbox_messages m
  SET status = 'PENDING', available_at = '-infinity', failures = 0, result = NULL,
    history = ${appendHistorySql('requeued', "'by', $2::text, 'reason', $3::text")}
  WHERE m.id = ANY($1::uuid[])
  RETURNING 1
)
SELECT pg_notify('${WAKE_UP_CHANNEL}', '${OLD_MESSAGES}')::text FROM (SELECT count(*) FROM requeued) AS written`;

const DISCARD = `
UPDATE outbox_messages m
SET status = 'DISCARDED', completed_at = now(),
  history = ${appendHistorySql('discarded', "'by', $2::text, 'reason', $3::text")}
WHERE m.id = ANY($1::uuid[])`;

/**
 * Requeues dead letters in the caller's transaction. They are due at once and keep their attempts
 * and last error. The history records who requeued them. Only DEAD messages change, so repeated or
 * concurrent calls requeue a message once. If a result has completed the message meanwhile, the
 * answer is `conflict`.
 *
 * A dead letter does not block later messages of its key. After a requeue it is published before
 * those that are still PENDING, but after those published while it was DEAD. The consumer must
 * handle that order.
 *
 * If the consumer has processed the message before but its result was lost, the consumer returns
 * the stored result.
 */
export async function requeueMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision,
): Promise<RequeuedMessage[]> {
  const answers = await decideSelected(tx, selection, 'requeued', () => 'requeued' as const);
  const ids = answers.filter(({ outcome }) => outcome === 'requeued').map(({ id }) => id);
  if (ids.length > 0) await tx.$queryRawUnsafe(REQUEUE, ids, by, reason ?? null);
  return answers;
}

/**
 * Discards dead letters and records who decided and why. A DISCARDED message is never republished
 * and accepts no result. An earlier copy may still be in flight, so the caller's transaction must
 * also revoke the message, for example by enqueueing a cancellation.
 *
 * @param keep types that must not be discarded: `refused` if selected by id, skipped by a filter
 */
export async function discardMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision & { readonly reason: string },
  keep: readonly string[] = [],
): Promise<DiscardedMessage[]> {
  const discardable = 'ids' in selection ? selection : { ...selection, exceptTypes: keep };
  const answers = await decideSelected(tx, discardable, 'discarded', ({ type }) =>
    keep.includes(type) ? 'refused' : 'discarded',
  );
  const ids = answers.filter(({ outcome }) => outcome === 'discarded').map(({ id }) => id);
  if (ids.length > 0) await tx.$executeRawUnsafe(DISCARD, ids, by, reason);
  return answers;
}

/**
 * Locks the selected messages and calls `decide` for those that `event` changes. Returns one answer
 * per distinct id in the order given, or per message that matches the filter, oldest first.
 */
async function decideSelected<O>(
  tx: TransactionSql,
  selection: Selection,
  event: 'requeued' | 'discarded',
  decide: (letter: DeadLetter) => O,
): Promise<(({ readonly outcome: O } & DeadLetter) | UnchangedMessage)[]> {
  const answers = new Map<string, ({ readonly outcome: O } & DeadLetter) | UnchangedMessage>();
  if ('ids' in selection) for (const id of selection.ids) answers.set(id, { outcome: 'unknown', id });
  for (const { status, ...letter } of await lockSelected(tx, selection)) {
    const { id } = letter;
    const changes = transition(status, event) !== null;
    answers.set(id, changes ? { outcome: decide(letter), ...letter } : { outcome: 'conflict', id, status });
  }
  return [...answers.values()];
}
