import { createHash } from 'node:crypto';
import {
  type MessagesInBulkRequest,
  type MessagesInBulkResponse,
  ORDER_CANCELLED,
  ORDER_PLACED,
} from '@lmt/contracts';
import {
  type DecidedMessage,
  type DiscardedMessage,
  discardMessages,
  findAnswer,
  findDecided,
  findMessage,
  type MessageDetail,
  type OperatorAction,
  type OperatorVerb,
  type RequeuedMessage,
  recordAction,
  requeueMessages,
  type SentMessage,
  selectMessages,
  sendMessagesNow,
  type TransactionSql,
} from '@lmt/outbox';
import type { SqlClient } from '@lmt/postgres';
import { conflict, notFound, unprocessable } from '@lmt/service-kit';
import { cancelOrders } from '../cancellation/cancel-orders.js';
import { inTransaction, type LockMode, retrySkippingLocked } from '../database.js';
import { lockFreeOrders } from '../results/apply-results.js';

type Decided = RequeuedMessage | DiscardedMessage | SentMessage;

/** `replayed` marks the stored answer to an earlier request with the same key. */
export interface Answer<T> {
  readonly answer: T;
  readonly replayed: boolean;
}

/** Without its cancellation message a CANCELLING order would never become CANCELLED. */
const NEVER_DISCARDED = [ORDER_CANCELLED];

/** Ends the error message about a message that the decision cannot change. */
const CHANGEABLE = {
  requeue: 'only a DEAD message can be requeued',
  discard: 'only a DEAD message can be discarded',
  'send-now': 'only a PENDING or PUBLISHED message can be sent now',
} as const;

/** @param wanted all parameters of the request */
export function hashRequest(wanted: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(wanted)).digest('base64url');
}

/**
 * Changes messages. Discarding a placement also cancels its order, because a copy of the placement
 * may be in flight. If the copy arrives first, the cancellation releases its stock. Otherwise the
 * cancellation leaves a tombstone. A CANCELLING order does not change.
 */
async function decide(
  tx: TransactionSql,
  ids: readonly string[],
  { actor: by, verb, reason }: OperatorAction,
  lockMode: LockMode,
): Promise<readonly Decided[]> {
  const options = { skipLocked: lockMode === 'skip' };
  if (verb === 'requeue') return requeueMessages(tx, ids, { by, reason }, options);
  if (verb === 'send-now') return sendMessagesNow(tx, ids, { by, reason }, options);
  const discardable = lockMode === 'skip' ? await withFreeOrders(tx, ids) : ids;
  // The request schemas require a reason for every discard.
  const decision = { by, reason: reason ?? '' };
  const answers = await discardMessages(tx, discardable, decision, { ...options, keep: NEVER_DISCARDED });
  const cancellations = answers.flatMap((answer) =>
    answer.outcome === 'discarded' && answer.type === ORDER_PLACED ? [{ orderId: answer.key, reason }] : [],
  );
  await cancelOrders(tx, cancellations);
  return answers;
}

/** Skips placements whose orders another transaction has locked, and locks the other orders. */
async function withFreeOrders(tx: TransactionSql, ids: readonly string[]): Promise<readonly string[]> {
  const messages = await findDecided(tx, ids);
  const placements = messages.filter(({ type }) => type === ORDER_PLACED);
  const free = new Set(await lockFreeOrders(tx, placements));
  return messages.filter((message) => message.type !== ORDER_PLACED || free.has(message)).map(({ id }) => id);
}

/**
 * Runs and records an action in one transaction. A retry with the same key gets the stored answer,
 * even if the reply to the first request was lost after its commit.
 *
 * @throws Problem 422 if the key was used for another request
 */
function runOnce<T>(
  database: SqlClient,
  action: OperatorAction,
  run: (tx: TransactionSql) => Promise<{ readonly answer: T; readonly changed: readonly DecidedMessage[] }>,
): Promise<Answer<T>> {
  return inTransaction(database, async (tx) => {
    if (action.request !== undefined) {
      const earlier = await findAnswer(tx, action.actor, action.request);
      if (earlier === 'key-reused')
        throw unprocessable(
          'This Idempotency-Key was used for another request. Use a new key for a new decision.',
        );
      if (earlier !== null) return { answer: earlier.answer as T, replayed: true };
    }
    const { answer, changed } = await run(tx);
    await recordAction(tx, action, changed, answer);
    return { answer, replayed: false };
  });
}

/**
 * Decides about one message.
 *
 * @throws Problem 404 or 409 if the message does not change
 */
export function decideOne(
  database: SqlClient,
  id: string,
  action: OperatorAction,
): Promise<Answer<MessageDetail>> {
  return runOnce(database, action, async (tx) => {
    const [decided = { id, outcome: 'unknown' as const }] = await decide(tx, [id], action, 'wait');
    switch (decided.outcome) {
      case 'unknown':
        throw notFound(`There is no message ${id}.`);
      case 'refused':
        throw conflict(
          `${id} is a cancellation and cannot be discarded: its order would stay CANCELLING. Requeue it instead.`,
        );
      case 'due':
        throw conflict(`${id} is already due, so the relay sends it as soon as it can.`);
      case 'conflict':
        throw conflict(
          action.verb === 'send-now' && decided.status === 'DEAD'
            ? `${id} is DEAD: requeue it instead.`
            : `${id} is ${decided.status}: ${CHANGEABLE[action.verb]}.`,
        );
      default:
        return { answer: await findChanged(tx, id), changed: [decided] };
    }
  });
}

async function findChanged(tx: TransactionSql, id: string): Promise<MessageDetail> {
  const message = await findMessage(tx, id);
  if (message === null) throw new Error(`message ${id} is gone although its row is locked`);
  return message;
}

const toItem = ({ id, key, type, lastError }: DecidedMessage) => ({ id, key, type, lastError });

function exceptTypes(verb: OperatorVerb): readonly string[] {
  return verb === 'discard' ? NEVER_DISCARDED : [];
}

/** Returns the messages that the bulk action would change now. */
export async function previewInBulk(
  countPool: SqlClient,
  verb: OperatorVerb,
  { filter, limit, cursor }: MessagesInBulkRequest,
): Promise<MessagesInBulkResponse> {
  const selection = { filter, limit, cursor, exceptTypes: exceptTypes(verb) };
  const { ids, ...selected } = await selectMessages(countPool, verb, selection);
  const items = (await findDecided(countPool, ids)).map(toItem);
  return toResponse(selected, { items, changed: 0, dryRun: true });
}

/**
 * Changes the oldest messages that match the filter, up to the limit, in one transaction. Messages
 * that another transaction changes first, or locks for more than a second, are skipped, so
 * `changed` may be lower than a dry run predicted.
 */
export function decideInBulk(
  database: SqlClient,
  countPool: SqlClient,
  { filter, limit, cursor }: MessagesInBulkRequest,
  action: OperatorAction,
): Promise<Answer<MessagesInBulkResponse>> {
  const { verb } = action;
  const selection = { filter, limit, cursor, exceptTypes: exceptTypes(verb) };
  return retrySkippingLocked((lockMode) =>
    runOnce(database, action, async (tx) => {
      const { ids, ...selected } = await selectMessages(countPool, verb, selection);
      const decided = await decide(tx, ids, action, lockMode);
      const changed = decided.flatMap((message) =>
        message.outcome === 'requeued' || message.outcome === 'discarded' || message.outcome === 'sent-now'
          ? [message]
          : [],
      );
      const items = changed.map(toItem);
      return { answer: toResponse(selected, { items, changed: items.length, dryRun: false }), changed };
    }),
  );
}

function toResponse(
  selected: Omit<Awaited<ReturnType<typeof selectMessages>>, 'ids'>,
  result: Pick<MessagesInBulkResponse, 'items' | 'changed' | 'dryRun'>,
): MessagesInBulkResponse {
  const { matched, refused, complete, nextCursor } = selected;
  const more = !complete || matched - refused > result.items.length;
  return { matched, refused, ...result, more, complete, nextCursor };
}
