import { type DeadLetter, type Decision, lockSelected, type Selection } from './dead-letters.js';
import { WAKE_UP_CHANNEL } from './enqueue.js';
import { appendHistorySql } from './history.js';
import { type MessageStatus, transition } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

/**
 * What requeueing did to a message.
 * - `requeued`: it was DEAD and is PENDING.
 * - `conflict`: it is not DEAD, and stays what it is: `status`.
 * - `unknown`: there is no such message (any more).
 */
export type RequeuedMessage =
  | ({ readonly outcome: 'requeued' } & DeadLetter)
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

// On rows that are locked. A dead letter has no lease, see outbox_lease_is_unfinished. The result was
// the consumer's FAILED, if there is one: its reason stands in `last_error` and `history`, and a message
// that is on its way has no result. One NOTIFY, if anything is due by it.
const REQUEUE = `
WITH requeued AS (
  UPDATE outbox_messages m
  SET status = 'PENDING', available_at = now(), failures = 0, result = NULL,
    history = ${appendHistorySql('requeued', "'by', $2::text, 'reason', $3::text")}
  WHERE m.id = ANY($1::uuid[])
  RETURNING 1
)
SELECT pg_notify('${WAKE_UP_CHANNEL}', '')::text FROM (SELECT count(*) FROM requeued) AS written`;

/**
 * Gives dead letters another chance, in the caller's transaction: due at once, as many times published
 * and with the last error as before, and on record with who wanted it. Only a DEAD message is touched,
 * so that doing it twice, or at once from two places, does it once. Meanwhile a result may have
 * completed it: that is a `conflict` too. One answer an id in the order given, each id once; by filter
 * one a message, the oldest first.
 *
 * Per-key order: a dead letter does not hold its key back. A requeued one has its old place: it goes
 * out before messages of its key that were written later and are still PENDING, and after those that
 * went out while it was DEAD. A consumer must be right also when it comes after these.
 *
 * One that the consumer has handled before, its result lost, is answered with the stored result.
 */
export async function requeueMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision,
): Promise<RequeuedMessage[]> {
  const locked = await lockSelected(tx, selection);
  const answers = new Map<string, RequeuedMessage>();
  if ('ids' in selection) for (const id of selection.ids) answers.set(id, { id, outcome: 'unknown' });
  const changing: string[] = [];
  for (const { id, key, type, status, lastError } of locked) {
    if (transition(status, 'requeued') === null) {
      answers.set(id, { id, outcome: 'conflict', status });
    } else {
      changing.push(id);
      answers.set(id, { id, outcome: 'requeued', key, type, lastError });
    }
  }
  if (changing.length > 0) await tx.$queryRawUnsafe(REQUEUE, changing, by, reason ?? null);
  return [...answers.values()];
}
