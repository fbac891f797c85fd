import { type DeadLetter, type Decision, lockSelected, type Selection } from './dead-letters.js';
import { appendHistorySql } from './history.js';
import { type MessageStatus, transition } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

/**
 * - `discarded`: the message was DEAD and is DISCARDED.
 * - `refused`: the message stays DEAD, because its type must not be discarded.
 * - `conflict`: the message is not DEAD and was left in its `status`.
 * - `unknown`: the message does not exist, or was purged.
 */
export type DiscardedMessage =
  | ({ readonly outcome: 'discarded' | 'refused' } & DeadLetter)
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

// The rows are locked already.
const DISCARD = `
UPDATE outbox_messages m
SET status = 'DISCARDED', completed_at = now(),
  history = ${appendHistorySql('discarded', "'by', $2::text, 'reason', $3::text")}
WHERE m.id = ANY($1::uuid[])`;

/**
 * Discards dead letters and records who did it and why. A DISCARDED message is never republished and
 * accepts no result. A copy published earlier may still be in flight, so the caller's transaction
 * must also undo the message for the business, for example by enqueueing a cancellation. Returns one
 * answer per distinct id in the order given, or per message that matches the filter, oldest first.
 *
 * @param keep types that are never discarded: `refused` by id, left out by filter
 */
export async function discardMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision & { readonly reason: string },
  keep: readonly string[] = [],
): Promise<DiscardedMessage[]> {
  const locked = await lockSelected(tx, 'ids' in selection ? selection : { ...selection, exceptTypes: keep });
  const answers = new Map<string, DiscardedMessage>();
  if ('ids' in selection) for (const id of selection.ids) answers.set(id, { id, outcome: 'unknown' });
  const changing: string[] = [];
  for (const { id, key, type, status, lastError } of locked) {
    if (transition(status, 'discarded') === null) {
      answers.set(id, { id, outcome: 'conflict', status });
    } else if (keep.includes(type)) {
      answers.set(id, { id, outcome: 'refused', key, type, lastError });
    } else {
      changing.push(id);
      answers.set(id, { id, outcome: 'discarded', key, type, lastError });
    }
  }
  if (changing.length > 0) await tx.$executeRawUnsafe(DISCARD, changing, by, reason);
  return [...answers.values()];
}
