import {
  type DeadLetter,
  type Decision,
  decideSelected,
  type Selection,
  type UnchangedMessage,
} from './dead-letters.js';
import { appendHistorySql } from './history.js';
import type { TransactionSql } from './sql.js';

/**
 * - `discarded`: the message was DEAD and is DISCARDED.
 * - `refused`: the message stays DEAD, because its type must not be discarded.
 */
export type DiscardedMessage =
  | ({ readonly outcome: 'discarded' | 'refused' } & DeadLetter)
  | UnchangedMessage;

// The rows are locked already.
const DISCARD = `
UPDATE outbox_messages m
SET status = 'DISCARDED', completed_at = now(),
  history = ${appendHistorySql('discarded', "'by', $2::text, 'reason', $3::text")}
WHERE m.id = ANY($1::uuid[])`;

/**
 * Discards dead letters and records who did it and why. A DISCARDED message is never republished
 * and accepts no result. A copy published earlier may still be in flight, so the caller's
 * transaction must also undo the message for the business, for example by enqueueing a
 * cancellation.
 *
 * @param keep types that are never discarded: `refused` by id, left out by filter
 */
export async function discardMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision & { readonly reason: string },
  keep: readonly string[] = [],
): Promise<DiscardedMessage[]> {
  const discardable = 'ids' in selection ? selection : { ...selection, exceptTypes: keep };
  const answers = await decideSelected<DiscardedMessage>(tx, discardable, 'discarded', (letter) => ({
    outcome: keep.includes(letter.type) ? 'refused' : 'discarded',
    ...letter,
  }));
  const ids = answers.filter(({ outcome }) => outcome === 'discarded').map(({ id }) => id);
  if (ids.length > 0) await tx.$executeRawUnsafe(DISCARD, ids, by, reason);
  return answers;
}
