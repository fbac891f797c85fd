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

export interface ListOptions {
  readonly filter: MessageFilter;
  readonly status?: MessageStatus | undefined;
  readonly limit: number;
  /** The last id of the previous page. */
  readonly cursor?: string | undefined;
}

/** Messages that match, newest id first. */
export async function listMessages(
  sql: Sql,
  { filter, status, limit, cursor }: ListOptions,
): Promise<MessageSummary[]> {
  const parameters = new SqlParameters();
  const conditions = [matches(filter, parameters, status)];
  if (cursor !== undefined) conditions.push(`m.id < ${parameters.bind(cursor)}::uuid`);
  return sql.$queryRawUnsafe<MessageSummary[]>(
    `
SELECT m.id, m.topic, m.key, m.type, m.status, m.attempts, m.failures, m.available_at AS "availableAt",
  m.last_error AS "lastError", m.created_at AS "createdAt", m.published_at AS "publishedAt",
  m.completed_at AS "completedAt"
FROM outbox_messages m
WHERE ${conditions.join(' AND ')}
ORDER BY m.id DESC
LIMIT ${parameters.bind(limit)}::int`,
    ...parameters.values,
  );
}
