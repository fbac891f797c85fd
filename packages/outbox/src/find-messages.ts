import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, SqlParameters } from './message-filter.js';
import { COUNT_UNFINISHED, SCAN_LIMIT, type ScanPath, scanSql } from './scan-messages.js';
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
  /** When the message was first claimed to be published, and first published, and where. */
  readonly claimedAt: Date | null;
  readonly publishedAt: Date | null;
  readonly position: string | null;
  readonly completedAt: Date | null;
}

// A new message is due since '-infinity', which is not a date, so the time of writing is shown.
const SUMMARY = `m.id, m.topic, m.key, m.type, m.status, m.attempts, m.failures,
  greatest(m.available_at, m.created_at) AS "availableAt", m.last_error AS "lastError", m.created_at AS "createdAt",
  m.claimed_at AS "claimedAt", m.published_at AS "publishedAt", m.broker_position AS position, m.completed_at AS "completedAt"`;

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
  /** The `nextCursor` of the previous page. */
  readonly cursor?: string | undefined;
  readonly scanLimit?: number;
}

export interface MessagePage {
  readonly items: MessageSummary[];
  /** Null if there are no further messages. A page with few or no items may have a cursor. */
  readonly nextCursor: string | null;
  /** False if the page ends early because too few of the messages read match. */
  readonly complete: boolean;
  /**
   * Null if the page is complete. Otherwise the creation time of the last message that was read.
   */
  readonly scannedTo: Date | null;
}

/**
 * Lists the matching messages, newest first. Reads a bounded number of messages, so a page may be
 * incomplete. Continue from its cursor.
 *
 * @throws CursorError
 */
export async function listMessages(
  sql: Sql,
  { filter, status, limit, cursor, scanLimit = SCAN_LIMIT }: ListOptions,
): Promise<MessagePage> {
  const parameters = new SqlParameters();
  const path = await choosePath(sql, filter, status, scanLimit);
  const scan = { path, direction: 'newest-first', filter, status, cursor, scanLimit } as const;
  const from = scanSql(scan, parameters);
  const rows = await sql.$queryRawUnsafe<
    (MessageSummary & { readonly matching: boolean; readonly cursor: string; readonly isLast: boolean })[]
  >(
    `
SELECT ${SUMMARY}, m.matching, m.cursor, m.position >= ${parameters.bind(scanLimit)}::int AS "isLast"
FROM ${from}
WHERE m.matching OR m.position >= ${parameters.bind(scanLimit)}::int
ORDER BY m.position LIMIT ${parameters.bind(limit)}::int`,
    ...parameters.values,
  );
  const last = rows.at(-1);
  const endsEarly = last?.isLast === true;
  return {
    items: rows
      .filter(({ matching }) => matching)
      .map(({ matching: _matching, cursor: _cursor, isLast: _isLast, ...message }) => message),
    nextCursor: last !== undefined && (endsEarly || rows.length === limit) ? last.cursor : null,
    complete: !endsEarly,
    scannedTo: endsEarly ? last.createdAt : null,
  };
}

async function choosePath(
  sql: Sql,
  { key }: MessageFilter,
  status: MessageStatus | undefined,
  scanLimit: number,
): Promise<ScanPath> {
  if (key !== undefined) return 'key';
  if (status === 'DEAD') return 'dead';
  if (status !== 'PENDING' && status !== 'PUBLISHED') return 'id';
  // With more unfinished messages than a page may read, they are a large part of all messages.
  const [unfinished] = await sql.$queryRawUnsafe<{ count: number }[]>(COUNT_UNFINISHED, scanLimit);
  return (unfinished?.count ?? 0) < scanLimit ? 'unfinished' : 'id';
}
