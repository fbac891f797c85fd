import type { NewMessage } from './message.js';
import type { TransactionSql } from './sql.js';

/** NOTIFY channel that wakes the relays when a transaction with new messages commits. */
export const WAKE_UP_CHANNEL = 'outbox_messages';
/**
 * Payload of a NOTIFY for messages that were written long ago, such as requeued ones. A relay may
 * have claimed later messages since, so it must read the whole queue.
 */
export const OLD_MESSAGES = 'old';

// The ORDER BY makes `seq` follow the order of the list. Each call sends only one NOTIFY, because
// Postgres takes a global lock at commit to deliver it.
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
 * Writes messages in the caller's transaction: they commit or roll back with it. Once committed,
 * each message is published at least once and republished until its result arrives.
 *
 * Before writing a further message of an existing key, a transaction must lock the key's business
 * row (`SELECT ... FOR UPDATE`). Otherwise a later message may commit, and be published, first.
 *
 * @throws if an id already exists; the caller's transaction is then aborted
 */
export async function enqueueMany(tx: TransactionSql, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await tx.$queryRawUnsafe(ENQUEUE, JSON.stringify(messages));
}

export function enqueue(tx: TransactionSql, message: NewMessage): Promise<void> {
  return enqueueMany(tx, [message]);
}
