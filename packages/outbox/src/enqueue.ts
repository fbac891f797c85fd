import type { NewMessage } from './message.js';
import type { TransactionSql } from './sql.js';

/** Channel that wakes the relay when a transaction that wrote messages commits. */
export const WAKE_UP_CHANNEL = 'outbox_messages';

// The identity of `seq` is drawn in the order of the list. One NOTIFY a transaction: Postgres
// delivers it at commit, and takes a global lock for it, so writers of many messages share one.
const ENQUEUE = `
WITH inserted AS (
  INSERT INTO outbox_messages (id, topic, key, type, payload, headers)
  SELECT m.id, m.topic, m.key, m.type, m.payload, coalesce(m.headers, '{}')
  FROM ROWS FROM (
    jsonb_to_recordset($1::jsonb) AS (id uuid, topic text, key text, type text, payload jsonb, headers jsonb)
  ) WITH ORDINALITY AS m (id, topic, key, type, payload, headers, position)
  ORDER BY m.position
  RETURNING 1
)
SELECT pg_notify('${WAKE_UP_CHANNEL}', '')::text FROM (SELECT count(*) FROM inserted) AS written`;

/**
 * Writes messages in the caller's transaction: with it they commit, with it they vanish. Once it
 * has committed, each will be published at least once and retried until its result has come back.
 *
 * A second message of a key must be written by a transaction that locked the key's business row
 * (`SELECT ... FOR UPDATE`) before: otherwise the later message may commit, and go out, first.
 *
 * @throws on an id that exists already; the caller's transaction is then aborted.
 */
export async function enqueueMany(tx: TransactionSql, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.$queryRawUnsafe(ENQUEUE, JSON.stringify(messages));
}

/** `enqueueMany` for one message. */
export function enqueue(tx: TransactionSql, message: NewMessage): Promise<void> {
  return enqueueMany(tx, [message]);
}
