// Test fixture: messages, and consumers that record an effect per message.
import { randomUUID } from 'node:crypto';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { expect } from 'vitest';
import {
  type ConsumedMessage,
  consumeOnce,
  type IdentifiedMessage,
  type TransactionSql,
} from './consume-once.js';

export const aMessage = (id: string = randomUUID()): IdentifiedMessage => ({
  id,
  type: 'order.placed.v1',
  key: randomUUID(),
});
export const someMessages = (count: number) => Array.from({ length: count }, () => aMessage());
export const toIds = (messages: readonly IdentifiedMessage[]) => messages.map(({ id }) => id);
export const toResult = ({ id }: IdentifiedMessage, by = 'first') => ({ of: id, by });

/** Filters out the conflicts. */
export const onlyApplied = <R>(consumed: readonly ConsumedMessage<IdentifiedMessage, R>[]) =>
  consumed.filter((answer) => answer.kind === 'applied');

export async function takeEffect(tx: TransactionSql, messages: readonly IdentifiedMessage[]): Promise<void> {
  const statement = 'INSERT INTO effects SELECT unnest($1::uuid[])';
  await tx.$executeRawUnsafe(statement, toIds(messages));
}

/** Consumes in a new transaction. The results contain `by`. */
export function consumeWith(
  database: InventoryDatabase,
  messages: readonly IdentifiedMessage[],
  by = 'first',
) {
  return database.$transaction((tx) =>
    consumeOnce(tx, messages, async (fresh) => {
      await takeEffect(tx, fresh);
      return fresh.map((message) => toResult(message, by));
    }),
  );
}

/** Consumes in a transaction that stays open until the test commits or rolls back. */
export async function consumeAndHold(consumer: InventoryDatabase, messages: readonly IdentifiedMessage[]) {
  let commit = () => {};
  let fail = (_error: Error) => {};
  const end = new Promise<void>((resolve, reject) => {
    commit = resolve;
    fail = reject;
  });
  let transaction: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    transaction = consumer.$transaction(async (tx) => {
      await consumeOnce(tx, messages, async (fresh) => {
        await takeEffect(tx, fresh);
        return fresh.map((message) => toResult(message));
      });
      resolve();
      await end;
    });
    transaction.catch(reject);
  });
  return {
    commit: () => {
      commit();
      return transaction;
    },
    rollback: async () => {
      fail(new Error('rolled back'));
      await expect(transaction).rejects.toThrow('rolled back');
    },
  };
}
