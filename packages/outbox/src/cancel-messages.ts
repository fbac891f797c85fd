import type { Decision } from './decide-messages.js';
import { OLD_MESSAGES, WAKE_UP_CHANNEL } from './enqueue.js';
import { appendHistorySql } from './history.js';
import { sourceStates } from './lifecycle.js';
import type { TransactionSql } from './sql.js';

// A claim that has locked a row commits a lease, which the recheck after the wait finds. Rows are
// locked in id order, like everywhere else. The notification makes relays read the whole queue,
// because later messages of the key may have waited for the cancelled one.
const CANCEL = `
WITH unclaimed AS MATERIALIZED (
  SELECT id FROM outbox_messages
  WHERE id = ANY($1::uuid[]) AND status = ANY((SELECT $2::text[])::text[]) AND lease_token IS NULL
  ORDER BY id FOR UPDATE
), cancelled AS (
  UPDATE outbox_messages m
  SET status = 'DISCARDED', completed_at = now(),
    history = ${appendHistorySql('discarded', "'by', $3::text, 'reason', $4::text")}
  WHERE m.id = ANY(ARRAY(SELECT id FROM unclaimed))
  RETURNING m.id
)
SELECT id, pg_notify('${WAKE_UP_CHANNEL}', '${OLD_MESSAGES}')::text FROM cancelled`;

/**
 * Cancels messages, such as delayed ones, in the caller's transaction. They become DISCARDED and are
 * not published. Messages that a relay has claimed, or that are in another status than PENDING,
 * stay unchanged. The statement waits for a claim that is about to commit.
 *
 * A message whose publication failed, for example by a time-out, may still have reached the broker.
 * The consumer then receives it.
 *
 * @returns the ids of the cancelled messages
 */
export async function cancelMessages(
  tx: TransactionSql,
  ids: readonly string[],
  { by, reason }: Decision,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const parameters = [ids, sourceStates('cancelled'), by, reason];
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(CANCEL, ...parameters);
  return rows.map(({ id }) => id);
}
