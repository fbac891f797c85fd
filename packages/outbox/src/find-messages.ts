import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, matches, SqlParameters } from './message-filter.js';
import type { Sql } from './sql.js';

/** A message without its payload, headers, result and history. */
export interface MessageSummary {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly failures: number;
  readonly availableAt: Date;
  readonly lastError: string | null;
  readonly createdAt: Date;
  readonly publishedAt: Date | null;
  readonly completedAt: Date | null;
}

// A new message has been due since '-infinity', which is not a date. It is shown as due since it was
// written.
const SUMMARY = `m.id, m.topic, m.key, m.type, m.status, m.attempts, m.failures,
  greatest(m.available_at, m.created_at) AS "availableAt", m.last_error AS "lastError", m.created_at AS "createdAt",
  m.published_at AS "publishedAt", m.completed_at AS "completedAt"`;

export interface MessageDetail extends MessageSummary {
  readonly leasedUntil: Date | null;
  readonly payload: unknown;
  readonly headers: unknown;
  readonly result: unknown;
  readonly history: unknown;
}

const FIND = `
SELECT ${SUMMARY}, m.leased_until AS "leasedUntil", m.payload, m.headers, m.result, m.history
FROM outbox_messages m WHERE m.id = $1::uuid`;

/** Finds one message. Returns null if it does not exist or was purged. */
export async function findMessage(sql: Sql, id: string): Promise<MessageDetail | null> {
  const [message] = await sql.$queryRawUnsafe<MessageDetail[]>(FIND, id);
  return message ?? null;
}

/** The state of a message, shown with the business object that the message belongs to. */
export type MessageState = Pick<MessageSummary, 'id' | 'type' | 'status' | 'attempts'>;

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

export interface ListOptions {
  readonly filter: MessageFilter;
  readonly status?: MessageStatus | undefined;
  readonly limit: number;
  /** The last id of the previous page. */
  readonly cursor?: string | undefined;
}

/** Lists the matching messages, newest id first. */
export async function listMessages(
  sql: Sql,
  { filter, status, limit, cursor }: ListOptions,
): Promise<MessageSummary[]> {
  const parameters = new SqlParameters();
  const matching = matches(filter, parameters, status);
  const page = cursor === undefined ? '' : `AND m.id < ${parameters.bind(cursor)}::uuid`;
  return sql.$queryRawUnsafe<MessageSummary[]>(
    `
SELECT ${SUMMARY} FROM outbox_messages m
WHERE ${matching} ${page} ORDER BY m.id DESC LIMIT ${parameters.bind(limit)}::int`,
    ...parameters.values,
  );
}
