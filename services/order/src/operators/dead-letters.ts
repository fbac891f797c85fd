import {
  type MessagesInBulkRequest,
  type MessagesInBulkResponse,
  ORDER_CANCELLED,
  ORDER_PLACED,
} from '@lmt/contracts';
import {
  countDeadLetters,
  type DeadLetter,
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

type DiscardDecision = Decision & { readonly reason: string };

/** Without its cancellation message a CANCELLING order would never become CANCELLED. */
const NEVER_DISCARDED = [ORDER_CANCELLED];

/**
 * Discards messages and cancels the orders whose placements are among them. A copy of a placement may
 * be in flight or arrive late. Whichever message arrives first, the cancellation makes the inventory
 * give back the stock or leave a tombstone. An order that is CANCELLING already stays so.
 */
async function discardAndCancel(
  tx: TransactionSql,
  selection: Selection,
  decision: DiscardDecision,
): Promise<DiscardedMessage[]> {
  const answers = await discardMessages(tx, selection, decision, NEVER_DISCARDED);
  const placements = answers.flatMap((answer) =>
    answer.outcome === 'discarded' && answer.type === ORDER_PLACED ? [answer] : [],
  );
  await cancelOrders(
    tx,
    placements.map(({ key }) => ({ orderId: key, reason: decision.reason })),
  );
  return answers;
}

export interface Decided<Answer> {
  readonly answer: Answer;
  /** As the decision left it. Null if it does not exist. */
  readonly message: MessageDetail | null;
}

export function requeueOne(
  database: OrderDatabase,
  id: string,
  decision: Decision,
): Promise<Decided<RequeuedMessage>> {
  return inTransaction(database, async (tx) => {
    const [answer] = await requeueMessages(tx, { ids: [id] }, decision);
    return { answer: answer ?? { id, outcome: 'unknown' }, message: await findMessage(tx, id) };
  });
}

export function discardOne(
  database: OrderDatabase,
  id: string,
  decision: DiscardDecision,
): Promise<Decided<DiscardedMessage>> {
  return inTransaction(database, async (tx) => {
    const [answer] = await discardAndCancel(tx, { ids: [id] }, decision);
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
  verb: 'requeue' | 'discard',
  by: string,
  { filter, limit, dryRun, reason }: MessagesInBulkRequest,
): Promise<MessagesInBulkResponse> {
  const exceptTypes = verb === 'discard' ? NEVER_DISCARDED : [];
  const selection = { filter, limit, exceptTypes };
  return inTransaction(database, async (tx) => {
    const { all: matched, ofTypes: refused } = await countDeadLetters(tx, filter, exceptTypes);
    const found = dryRun ? await findDeadLetters(tx, selection) : await decide(tx);
    const items = found.map(({ id, key, type, lastError }) => ({ id, key, type, lastError }));
    const changed = dryRun ? 0 : items.length;
    return { matched, changed, refused, dryRun, items, more: matched - refused > items.length };
  });

  async function decide(tx: TransactionSql): Promise<DeadLetter[]> {
    if (verb === 'requeue') {
      const answers = await requeueMessages(tx, selection, { by, reason });
      return answers.flatMap((answer) => (answer.outcome === 'requeued' ? [answer] : []));
    }
    // The schema requires a reason unless it is a dry run.
    const answers = await discardAndCancel(tx, selection, { by, reason: reason ?? '' });
    return answers.flatMap((answer) => (answer.outcome === 'discarded' ? [answer] : []));
  }
}
