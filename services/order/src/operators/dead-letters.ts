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
 * Discarding a placement also cancels its order. A copy of the placement may be in flight or arrive
 * late. Whichever message arrives first, the cancellation makes the inventory give back the stock
 * or leave a tombstone. An order that is CANCELLING already stays so.
 */
async function decide(
  tx: TransactionSql,
  verb: Verb,
  selection: Selection,
  { by, reason }: Decision,
): Promise<readonly Decided[]> {
  if (verb === 'requeue') return requeueMessages(tx, selection, { by, reason });
  // The schemas require a reason.
  const answers = await discardMessages(tx, selection, { by, reason: reason ?? '' }, NEVER_DISCARDED);
  const cancellations = answers.flatMap((answer) =>
    answer.outcome === 'discarded' && answer.type === ORDER_PLACED ? [{ orderId: answer.key, reason }] : [],
  );
  await cancelOrders(tx, cancellations);
  return answers;
}

/** Requeues or discards one dead letter. `message` is null if it does not exist. */
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
 * transaction. A crash before its commit leaves all of them DEAD. Messages that another transaction
 * changes meanwhile are left alone, so `changed` may be less than a dry run reported.
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
    // The answer for a message that stayed as it was has no such field.
    const items = found.flatMap((letter) => {
      if (!('lastError' in letter)) return [];
      const { id, key, type, lastError } = letter;
      return [{ id, key, type, lastError }];
    });
    const changed = dryRun ? 0 : items.length;
    return { matched, changed, refused, dryRun, items, more: matched - refused > items.length };
  });
}
