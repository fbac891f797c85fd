import type { DecidedMessage } from './decide-messages.js';
import type { Sql, TransactionSql } from './sql.js';

export type OperatorVerb = 'requeue' | 'discard' | 'send-now';

/** Identifies a request, so that a retry gets the same answer. `hash` covers the whole request. */
export interface IdempotentRequest {
  readonly key: string;
  readonly hash: string;
}

/** An operator's decision with its reason. */
export interface OperatorAction {
  readonly actor: string;
  readonly verb: OperatorVerb;
  readonly reason?: string | undefined;
  readonly request?: IdempotentRequest | undefined;
}

// The wait ends at the commit of the other request, so the next statement sees its answer.
const LOCK_KEY = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text`;

const FIND_ANSWER = `
SELECT request_hash AS hash, answer FROM operator_actions WHERE actor = $1 AND idempotency_key = $2`;

/**
 * Finds the answer to an earlier request of the operator with the same key. Call this first in the
 * transaction that decides. Concurrent requests with one key then wait for each other, so only one
 * takes effect. Returns 'key-reused' if the earlier request was different, and null if there was no
 * earlier request.
 */
export async function findAnswer(
  tx: TransactionSql,
  actor: string,
  { key, hash }: IdempotentRequest,
): Promise<{ readonly answer: unknown } | 'key-reused' | null> {
  await tx.$queryRawUnsafe(LOCK_KEY, `operator_actions ${JSON.stringify([actor, key])}`);
  const [earlier] = await tx.$queryRawUnsafe<{ hash: string; answer: unknown }[]>(FIND_ANSWER, actor, key);
  if (earlier === undefined) return null;
  return earlier.hash === hash ? { answer: earlier.answer } : 'key-reused';
}

const RECORD = `
INSERT INTO operator_actions
  (actor, action, reason, idempotency_key, request_hash, answer, message_id, message_key, message_type)
SELECT $1, $2, $3, CASE WHEN m.position = 1 THEN $4 END, CASE WHEN m.position = 1 THEN $5 END,
  CASE WHEN m.position = 1 THEN $6::jsonb END, m.id, m.key, m.type
FROM unnest($7::uuid[], $8::text[], $9::text[]) WITH ORDINALITY AS m (id, key, type, position)
ORDER BY m.position`;

/**
 * Records an action for each message that it changed. Call this in the transaction that decides. If
 * `request` is given, the answer is stored for a retry even if no message changed.
 */
export async function recordAction(
  tx: TransactionSql,
  { actor, verb, reason, request }: OperatorAction,
  messages: readonly Pick<DecidedMessage, 'id' | 'key' | 'type'>[],
  answer: unknown,
): Promise<void> {
  if (messages.length === 0 && request === undefined) return;
  const rows = messages.length > 0 ? messages : [{ id: null, key: null, type: null }];
  await tx.$executeRawUnsafe(
    RECORD,
    actor,
    verb,
    reason ?? null,
    request?.key ?? null,
    request?.hash ?? null,
    request ? JSON.stringify(answer) : null,
    rows.map(({ id }) => id),
    rows.map(({ key }) => key),
    rows.map(({ type }) => type),
  );
}

/** A recorded decision on a message. The message may have been purged. */
export interface RecordedAction {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: OperatorVerb;
  readonly messageId: string;
  readonly messageKey: string;
  readonly messageType: string;
  readonly reason: string | null;
}

const LIST = `
SELECT id::text, at, actor, action, message_id AS "messageId", message_key AS "messageKey",
  message_type AS "messageType", reason
FROM operator_actions`;

/** Lists recorded decisions, newest first. `cursor` is the last id of the previous page. */
export function listActions(
  sql: Sql,
  options: {
    readonly messageId?: string | undefined;
    readonly actor?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): PromiseLike<RecordedAction[]> {
  const { messageId, actor, limit, cursor } = options;
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = ['message_id IS NOT NULL'];
  if (messageId !== undefined) conditions.push(`message_id = ${bind(messageId)}::uuid`);
  if (actor !== undefined) conditions.push(`actor = ${bind(actor)}`);
  if (cursor !== undefined) conditions.push(`id < ${bind(cursor)}::bigint`);
  const statement = `${LIST} WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ${bind(limit)}::int`;
  return sql.$queryRawUnsafe<RecordedAction[]>(statement, ...values);
}
