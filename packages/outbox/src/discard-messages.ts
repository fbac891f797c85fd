import { type DeadLetter, type Decision, lockSelected, type Selection } from './dead-letters.js';
import { appendHistorySql } from './history.js';
import { type MessageStatus, transition } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

/**
 * What discarding did to a message.
 * - `discarded`: it was DEAD and is DISCARDED.
 * - `refused`: it is DEAD and stays so, since it is of a type that must not be discarded.
 * - `conflict`: it is not DEAD, and stays what it is: `status`.
 * - `unknown`: there is no such message (any more).
 */
export type DiscardedMessage =
  | ({ readonly outcome: 'discarded' | 'refused' } & DeadLetter)
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

// On rows that are locked.
const DISCARD = `
UPDATE outbox_messages m
SET status = 'DISCARDED', completed_at = now(),
  history = ${appendHistorySql('discarded', "'by', $2::text, 'reason', $3::text")}
WHERE m.id = ANY($1::uuid[])`;

/**
 * Gives dead letters up for good, on record with who wanted it and why. A DISCARDED message is never
 * published again and takes no result any more; but a copy that went out before may still be on its
 * way, or come late. So the caller's transaction must also carry what undoes it for the business, such
 * as a message that cancels it. One answer an id in the order given, each id once; by filter one a
 * message, the oldest first.
 *
 * @param keep types that are never discarded: `refused`, by filter left out
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
