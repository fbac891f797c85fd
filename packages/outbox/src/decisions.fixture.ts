import { completeMessages } from './complete-messages.js';
import {
  type DiscardedMessage,
  discardMessages,
  type RequeuedMessage,
  requeueMessages,
} from './decide-messages.js';
import type { NewMessage } from './message.js';
import type { OperatorVerb } from './operator-actions.js';
import { aMessage, type OutboxDatabase } from './order-database.fixture.js';
import { type BulkSelection, selectMessages } from './select-messages.js';
import type { TransactionSql } from './sql.js';

export const decision = { by: 'ada', reason: 'the consumer was repaired' };
export type Selection = readonly string[] | BulkSelection;
export const byIds = (...messages: readonly { id: string }[]): Selection => messages.map(({ id }) => id);
export const toOutcomes = (answers: readonly { outcome: string }[]) => answers.map(({ outcome }) => outcome);
export const toIds = (answers: readonly { id: string }[]) => answers.map(({ id }) => id);
export const result = (
  message: NewMessage,
  outcome: 'SUCCEEDED' | 'REJECTED' | 'FAILED',
  reason?: string,
) => {
  const { id: messageId, key } = message;
  return { messageId, key, outcome, reason, processedAt: '2026-01-01T00:00:00.000Z' } as const;
};

/** Operators' decisions on the database of a test, and messages to decide about. */
export function createDecisions(database: () => OutboxDatabase) {
  /** Decides about messages by id or, like a bulk action, about messages that match a filter. */
  async function decide<A extends { readonly outcome: string }>(
    selection: Selection,
    verb: OperatorVerb,
    decideIds: (tx: TransactionSql, ids: readonly string[]) => Promise<A[]>,
  ): Promise<A[]> {
    return database().order.$transaction(async (tx) => {
      if (!('limit' in selection)) return decideIds(tx, selection);
      const { ids } = await selectMessages(tx, verb, selection);
      const answers = await decideIds(tx, ids);
      return answers.filter(({ outcome }) => outcome !== 'conflict');
    });
  }
  const report = (...results: Parameters<typeof completeMessages>[1][number][]) =>
    database().order.$transaction((tx) => completeMessages(tx, results));
  /** Writes messages that the consumer fails to process. */
  async function dead(messages: NewMessage[], reason = 'gave up'): Promise<NewMessage[]> {
    await database().write(messages);
    await report(...messages.map((message) => result(message, 'FAILED', reason)));
    return messages;
  }
  return {
    report,
    dead,
    async oneDead(fields: Partial<NewMessage> = {}, reason?: string): Promise<NewMessage> {
      const [message] = await dead([aMessage(fields)], reason);
      if (message === undefined) throw new Error('no message');
      return message;
    },
    requeue: (selection: Selection): Promise<RequeuedMessage[]> =>
      decide(selection, 'requeue', (tx, ids) => requeueMessages(tx, ids, decision)),
    discard: (selection: Selection, keep: string[] = []): Promise<DiscardedMessage[]> =>
      decide('limit' in selection ? { ...selection, exceptTypes: keep } : selection, 'discard', (tx, ids) =>
        discardMessages(tx, ids, decision, { keep }),
      ),
  };
}
