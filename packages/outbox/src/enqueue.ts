import type { NewMessage } from './message.js';
import type { TransactionSql } from './sql.js';

/** NOTIFY channel that wakes the relays when a transaction with new messages commits. */
export const WAKE_UP_CHANNEL = 'outbox_messages';
/**
 * Payload of a NOTIFY for messages that were written long ago, such as requeued ones. A relay may
 * have claimed later messages since, so it must read the whole queue.
 */
export const OLD_MESSAGES = 'old';

/**
 * Returns an INSERT of the messages that a JSON parameter holds, for `enqueue` or for a CTE of the
 * caller's own statement. Such a statement writes business rows and messages in one round trip.
 *
 * @param options.join joins the caller's new rows to the messages `m`, to select messages
 * @param options.payload SQL of the payload, to add values that only the database knows
 */
export function enqueueSql(parameter: string, { join = '', payload = 'm.payload' } = {}): string {
  // The ORDER BY makes `seq` follow the order of the list. Postgres sends equal notifications of a
  // transaction only once. A time in the past means at once, because relays do not look back.
  return `
  INSERT INTO outbox_messages (id, topic, key, type, payload, headers, available_at)
  SELECT m.id, m.topic, m.key, m.type, ${payload}, coalesce(m.headers, '{}'),
    CASE WHEN m."availableAt" > now() THEN m."availableAt" ELSE '-infinity' END
  FROM ROWS FROM (jsonb_to_recordset(${parameter}::jsonb)
    AS (id uuid, topic text, key text, type text, payload jsonb, headers jsonb, "availableAt" timestamptz)
  ) WITH ORDINALITY AS m (id, topic, key, type, payload, headers, "availableAt", position) ${join}
  ORDER BY m.position
  RETURNING pg_notify('${WAKE_UP_CHANNEL}', '')`;
}

const ENQUEUE = `WITH written AS (${enqueueSql('$1')}) SELECT count(*)::int FROM written`;

/**
 * Writes messages in the caller's transaction: they commit or roll back with it. Once committed,
 * each message is published at least once and republished until its result arrives.
 *
 * Before writing a further message of an existing key, a transaction must lock the key's business
 * row (`SELECT ... FOR UPDATE`). Otherwise a later message may commit, and be published, first.
 *
 * @throws RangeError for an invalid `availableAt`, or the database's error if an id already exists;
 * the caller's transaction is then aborted
 */
export async function enqueueMany(tx: TransactionSql, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return;
  // JSON would make an invalid date null, and the message would be published at once.
  for (const { id, availableAt } of messages)
    if (Number.isNaN(availableAt?.getTime())) throw new RangeError(`availableAt of message ${id} is no date`);
  await tx.$queryRawUnsafe(ENQUEUE, JSON.stringify(messages));
}

export function enqueue(tx: TransactionSql, message: NewMessage): Promise<void> {
  return enqueueMany(tx, [message]);
}
