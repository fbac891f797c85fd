import { ORDER_PLACED } from '@lmt/contracts';
import { type ConsumedMessage, consumeOnce } from '@lmt/inbox';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { decideStock, type StockEffect, type StockOutcome, type StockRequest } from '../stock/decide.js';
import { lockStock } from '../stock/lock.js';
import { recordDecision } from '../stock/record.js';
import type { OrderMessage } from './decode-message.js';

/** What the inbox keeps of a message, and what is sent back, the first time and every later one. */
export type StoredResult = StockOutcome & { readonly processedAt: string };

export interface ProcessedBatch {
  readonly consumed: readonly ConsumedMessage<OrderMessage, StoredResult>[];
  /** By the ids of the messages that had their effect now. */
  readonly effects: ReadonlyMap<string, StockEffect>;
}

function requestOf({ type, key, payload }: OrderMessage): StockRequest {
  if (type === ORDER_PLACED) return { kind: 'place', orderId: key, items: payload.items };
  return { kind: 'cancel', orderId: key };
}

/**
 * Gives a batch its effect in one transaction, in the order of its messages: inbox, stock, movements,
 * reservations and results are all there or none. Killed before the commit, nothing happened and the
 * batch comes again. Killed after it, the batch comes again as duplicates whose stored results are
 * sent. Of two processes with messages about one order the second waits for the first, and decides
 * on what that committed.
 *
 * @throws what the database threw; nothing is written then, unless the reply to COMMIT was lost, in
 * which case the batch comes again as duplicates.
 */
export function processOrders(
  database: InventoryDatabase,
  messages: readonly OrderMessage[],
  now: () => Date,
): Promise<ProcessedBatch> {
  return database.$transaction(async (tx) => {
    const effects = new Map<string, StockEffect>();
    const consumed = await consumeOnce<OrderMessage, StoredResult>(tx, messages, async (fresh) => {
      const requests = fresh.map(requestOf);
      const locked = await lockStock(tx, requests);
      const decision = decideStock(locked.state, requests);
      await recordDecision(tx, locked, decision);
      const processedAt = now().toISOString();
      return decision.effects.map((effect, index) => {
        effects.set((fresh[index] as OrderMessage).id, effect);
        return { ...effect.outcome, processedAt };
      });
    });
    return { consumed, effects };
  });
}
