import type { MessageStatus } from './lifecycle.js';
import type { MessageSummary } from './list-messages.js';
import type { Sql } from './sql.js';

/** A message with its payload, its result and its whole history. */
export interface MessageDetail extends MessageSummary {
  readonly leasedUntil: Date | null;
  readonly payload: unknown;
  readonly headers: unknown;
  readonly result: unknown;
  readonly history: unknown;
}

const FIND = `
SELECT id, topic, key, type, status, attempts, failures, available_at AS "availableAt",
  leased_until AS "leasedUntil", last_error AS "lastError", created_at AS "createdAt",
  published_at AS "publishedAt", completed_at AS "completedAt", payload, headers, result, history
FROM outbox_messages WHERE id = $1::uuid`;

/** Finds one message; null if it does not exist or is purged. */
export async function findMessage(sql: Sql, id: string): Promise<MessageDetail | null> {
  const [message] = await sql.$queryRawUnsafe<MessageDetail[]>(FIND, id);
  return message ?? null;
}

/** The state of a message, for a reader of the business object that it belongs to. */
export interface MessageState {
  readonly id: string;
  readonly type: string;
  readonly status: MessageStatus;
  /** Times published. */
  readonly attempts: number;
}

const FIND_BY_KEY = `
SELECT key, id, type, status, attempts FROM outbox_messages WHERE key = ANY($1::text[]) ORDER BY seq`;

/** Finds the messages of each key, oldest first. A key without messages has no entry. */
export async function findMessagesByKey(
  sql: Sql,
  keys: readonly string[],
): Promise<Map<string, MessageState[]>> {
  const rows = await sql.$queryRawUnsafe<(MessageState & { readonly key: string })[]>(FIND_BY_KEY, keys);
  const messages = new Map<string, MessageState[]>();
  for (const { key, ...message } of rows) messages.set(key, [...(messages.get(key) ?? []), message]);
  return messages;
}
