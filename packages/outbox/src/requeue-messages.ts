import {
  type DeadLetter,
  type Decision,
  decideSelected,
  type Selection,
  type UnchangedMessage,
} from './dead-letters.js';
import { WAKE_UP_CHANNEL } from './enqueue.js';
import { appendHistorySql } from './history.js';
import type { TransactionSql } from './sql.js';

export type RequeuedMessage = ({ readonly outcome: 'requeued' } & DeadLetter) | UnchangedMessage;

// The rows are locked already, and a dead letter has no lease (outbox_lease_is_unfinished). A
// result, if there is one, is the consumer's FAILED: its reason is in `last_error` and `history`,
// and an unfinished message has no result.
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
 * Requeues dead letters in the caller's transaction. They are due at once, keep their attempts and
 * last error, and the history records who requeued them. Only DEAD messages change, so requeueing
 * twice, or from two places at once, happens once. If a result has completed the message meanwhile,
 * the answer is `conflict`.
 *
 * Per-key order: a dead letter does not hold its key back. A requeued message keeps its place: it
 * is published before later messages of its key that are still PENDING, but after those published
 * while it was DEAD. The consumer must give the right result in that order too.
 *
 * If the consumer had processed the message before and the result was lost, it returns the stored
 * result.
 */
export async function requeueMessages(
  tx: TransactionSql,
  selection: Selection,
  { by, reason }: Decision,
): Promise<RequeuedMessage[]> {
  const answers = await decideSelected<RequeuedMessage>(tx, selection, 'requeued', (letter) => ({
    outcome: 'requeued',
    ...letter,
  }));
  const ids = answers.filter(({ outcome }) => outcome === 'requeued').map(({ id }) => id);
  if (ids.length > 0) await tx.$queryRawUnsafe(REQUEUE, ids, by, reason ?? null);
  return answers;
}
