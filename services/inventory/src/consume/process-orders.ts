import { ORDER_PLACED } from '@lmt/contracts';
import { type ConsumedMessage, consumeOnce } from '@lmt/inbox';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { failPoint } from '@lmt/resilience';
import { decideStock, type StockEffect, type StockOutcome, type StockRequest } from '../stock/decide.js';
import { lockStock } from '../stock/lock.js';
import { recordDecision } from '../stock/record.js';
import type { OrderMessage } from './decode-message.js';

/** Stored in the inbox, and sent for the message and each of its duplicates. */
type StoredResult = StockOutcome & { readonly processedAt: string };

export interface ProcessedBatch {
  readonly consumed: readonly ConsumedMessage<OrderMessage, StoredResult>[];
  /** By id of the messages that took effect in this batch. */
  readonly effects: ReadonlyMap<string, StockEffect>;
}

function toRequest({ type, key, payload }: OrderMessage): StockRequest {
  if (type === ORDER_PLACED) return { kind: 'place', orderId: key, items: payload.items };
  return { kind: 'cancel', orderId: key };
}

/**
 * Applies a batch in one transaction, in the order of its messages: inbox, stock, movements,
 * reservations and results are all written or none of them. After a crash before the commit nothing
 * has happened and the batch is redelivered. After a crash following the commit the redelivered
 * messages are duplicates whose stored results are sent. Of two processes with messages about one
 * order the second waits for the first and decides on the state that it committed.
 *
 * @throws the database's error. Nothing is written then, unless the reply to COMMIT was lost; in
 * that case the redelivered messages are duplicates.
 */
export async function processOrders(
  database: InventoryDatabase,
  messages: readonly OrderMessage[],
  now: () => Date,
): Promise<ProcessedBatch> {
  await failPoint('inventory.beforeTx');
  return database.$transaction(async (tx) => {
    const effects = new Map<string, StockEffect>();
    const consumed = await consumeOnce<OrderMessage, StoredResult>(tx, messages, async (fresh) => {
      const requests = fresh.map(toRequest);
      const locked = await lockStock(tx, requests);
      const decision = decideStock(locked, requests);
      await recordDecision(tx, locked, decision);
      const processedAt = now().toISOString();
      return decision.effects.map((effect, index) => {
        effects.set((fresh[index] as OrderMessage).id, effect);
        return { ...effect.outcome, processedAt };
      });
    });
    await failPoint('inventory.midTx');
    return { consumed, effects };
  });
}
