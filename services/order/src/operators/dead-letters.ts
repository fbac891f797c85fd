import { type MessagesInBulkRequest, type MessagesInBulkResponse, ORDER_CANCELLED } from '@lmt/contracts';
import {
  countDeadLetters,
  type DeadLetter,
  type Decision,
  type DiscardedMessage,
  discardMessages,
  findDeadLetters,
  type RequeuedMessage,
  requeueMessages,
  type Selection,
  type TransactionSql,
} from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { inTransaction } from '../in-transaction.js';
import { findMessage, type MessageDetail } from './find-message.js';

export type DecisionWithReason = Decision & { readonly reason: string };

/** What discarding messages means for their orders; runs in the transaction that discards them. */
export type OnDiscarded = (
  tx: TransactionSql,
  messages: readonly DeadLetter[],
  decision: DecisionWithReason,
) => Promise<void>;

/** Without its cancellation an order that is being cancelled would never end. */
const NEVER_DISCARDED = [ORDER_CANCELLED];

async function discardSelected(
  tx: TransactionSql,
  selection: Selection,
  decision: DecisionWithReason,
  onDiscarded: OnDiscarded,
): Promise<DiscardedMessage[]> {
  const answers = await discardMessages(tx, selection, decision, NEVER_DISCARDED);
  const discarded = answers.flatMap((answer) => (answer.outcome === 'discarded' ? [answer] : []));
  if (discarded.length > 0) await onDiscarded(tx, discarded, decision);
  return answers;
}

export interface Decided<Answer> {
  readonly answer: Answer;
  /** As the decision left it; null if there is no such message. */
  readonly message: MessageDetail | null;
}

/** Gives one dead letter another chance. */
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

/** Gives one dead letter up, and carries out what that means for its order, both or neither. */
export function discardOne(
  database: OrderDatabase,
  id: string,
  decision: DecisionWithReason,
  onDiscarded: OnDiscarded,
): Promise<Decided<DiscardedMessage>> {
  return inTransaction(database, async (tx) => {
    const [answer] = await discardSelected(tx, { ids: [id] }, decision, onDiscarded);
    return { answer: answer ?? { id, outcome: 'unknown' }, message: await findMessage(tx, id) };
  });
}

/** Who wants it, and, where a request is given up, `onDiscarded`. */
export type BulkAction =
  | { readonly verb: 'requeue'; readonly by: string }
  | { readonly verb: 'discard'; readonly by: string; readonly onDiscarded: OnDiscarded };

/**
 * The same for the oldest dead letters that fit the filter, up to the limit, all in one transaction. A
 * crash before its commit leaves all of them DEAD. What others change meanwhile is left alone, so that
 * `changed` may be less than a dry run said.
 */
export function decideInBulk(
  database: OrderDatabase,
  { filter, limit, dryRun, reason }: MessagesInBulkRequest,
  action: BulkAction,
): Promise<MessagesInBulkResponse> {
  const exceptTypes = action.verb === 'discard' ? NEVER_DISCARDED : [];
  const selection = { filter, limit, exceptTypes };
  return inTransaction(database, async (tx) => {
    const { all: matched, ofTypes: refused } = await countDeadLetters(tx, filter, exceptTypes);
    const found = dryRun ? await findDeadLetters(tx, selection) : await decide(tx);
    const items = found.map(({ id, key, type, lastError }) => ({ id, key, type, lastError }));
    const changed = dryRun ? 0 : items.length;
    return { matched, changed, refused, dryRun, items, more: matched - refused > items.length };
  });

  async function decide(tx: TransactionSql): Promise<DeadLetter[]> {
    const { by } = action;
    if (action.verb === 'requeue') {
      const answers = await requeueMessages(tx, selection, { by, reason });
      return answers.flatMap((answer) => (answer.outcome === 'requeued' ? [answer] : []));
    }
    // The schema asks for a reason unless it is a dry run.
    const answers = await discardSelected(tx, selection, { by, reason: reason ?? '' }, action.onDiscarded);
    return answers.flatMap((answer) => (answer.outcome === 'discarded' ? [answer] : []));
  }
}
