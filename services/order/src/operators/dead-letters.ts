import {
  type MessagesInBulkRequest,
  type MessagesInBulkResponse,
  ORDER_CANCELLED,
  ORDER_PLACED,
} from '@lmt/contracts';
import {
  countDeadLetters,
  type Decision,
  type DiscardedMessage,
  discardMessages,
  findDeadLetters,
  findMessage,
  type MessageDetail,
  type RequeuedMessage,
  requeueMessages,
  type Selection,
  type TransactionSql,
} from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { cancelOrders } from '../cancellation/cancel-orders.js';
import { inTransaction } from '../database.js';

type Verb = 'requeue' | 'discard';
type Decided = RequeuedMessage | DiscardedMessage;

/** Without its cancellation message a CANCELLING order would never become CANCELLED. */
const NEVER_DISCARDED = [ORDER_CANCELLED];

/**
 * Requeues or discards messages. Discarding a placement also cancels its order, because a copy of
 * the placement may be in flight. If the copy arrives first, the cancellation releases its stock.
 * Otherwise the cancellation leaves a tombstone. A CANCELLING order does not change.
 */
async function decide(
  tx: TransactionSql,
  verb: Verb,
  selection: Selection,
  { by, reason }: Decision,
): Promise<readonly Decided[]> {
  if (verb === 'requeue') return requeueMessages(tx, selection, { by, reason });
  // The request schemas require a reason for every discard.
  const answers = await discardMessages(tx, selection, { by, reason: reason ?? '' }, NEVER_DISCARDED);
  const cancellations = answers.flatMap((answer) =>
    answer.outcome === 'discarded' && answer.type === ORDER_PLACED ? [{ orderId: answer.key, reason }] : [],
  );
  await cancelOrders(tx, cancellations);
  return answers;
}

/** Requeues or discards one dead letter. `message` is null if the message does not exist. */
export function decideOne(
  database: OrderDatabase,
  verb: Verb,
  id: string,
  decision: Decision,
): Promise<{ readonly answer: Decided; readonly message: MessageDetail | null }> {
  return inTransaction(database, async (tx) => {
    const [answer] = await decide(tx, verb, { ids: [id] }, decision);
    return { answer: answer ?? { id, outcome: 'unknown' }, message: await findMessage(tx, id) };
  });
}

/**
 * Requeues or discards the oldest dead letters that match the filter, up to the limit, in one
 * transaction. A crash before the commit leaves all of them DEAD. Messages that another transaction
 * changes first are skipped, so `changed` may be lower than a dry run predicted.
 */
export function decideInBulk(
  database: OrderDatabase,
  verb: Verb,
  by: string,
  { filter, limit, dryRun, reason }: MessagesInBulkRequest,
): Promise<MessagesInBulkResponse> {
  const exceptTypes = verb === 'discard' ? NEVER_DISCARDED : [];
  const selection = { filter, limit, exceptTypes };

  return inTransaction(database, async (tx) => {
    const { all: matched, ofTypes: refused } = await countDeadLetters(tx, filter, exceptTypes);
    const found = dryRun
      ? await findDeadLetters(tx, selection)
      : await decide(tx, verb, selection, { by, reason });
    // Answers for unchanged messages do not have this field.
    const items = found.flatMap((letter) => {
      if (!('lastError' in letter)) return [];
      const { id, key, type, lastError } = letter;
      return [{ id, key, type, lastError }];
    });
    const changed = dryRun ? 0 : items.length;
    return { matched, changed, refused, dryRun, items, more: matched - refused > items.length };
  });
}
