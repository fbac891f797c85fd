import { ORDER_PLACED } from '@lmt/contracts';
import { type AppliedMessage, type ConflictingMessage, consumeOnce } from '@lmt/inbox';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { failPoint } from '@lmt/resilience';
import { decideStock, type StockEffect, type StockOutcome, type StockRequest } from '../stock/decide.js';
import { lockStock } from '../stock/lock.js';
import { recordDecision } from '../stock/record.js';
import type { OrderMessage } from './decode-message.js';
import type { LockPatience } from './skip-locked.js';

/** The inbox stores this result. It is sent for the message and for each of its duplicates. */
type StoredResult = StockOutcome & {
  /** Missing if an older inventory service stored the result. */
  readonly receivedAt?: string;
  readonly processedAt: string;
};

export interface ProcessedBatch {
  readonly applied: readonly AppliedMessage<OrderMessage, StoredResult>[];
  /** Messages without effect, because another message had already used their id. */
  readonly conflicts: readonly ConflictingMessage<OrderMessage>[];
  /** Effects of the messages that are not duplicates, by message id. */
  readonly effects: ReadonlyMap<string, StockEffect>;
}

export function toRequest({ type, key, payload }: OrderMessage): StockRequest {
  if (type === ORDER_PLACED) return { kind: 'place', orderId: key, items: payload.items };
  return { kind: 'cancel', orderId: key };
}

interface ProcessOptions {
  readonly now: () => Date;
  /** How long to wait for each locked row. */
  readonly patience?: LockPatience;
}

const WAIT_BRIEFLY = `SET LOCAL lock_timeout = '100ms'`;

/**
 * Applies the messages of a batch, in their order, in one transaction. Inbox, stock, movements,
 * reservations and results are written together or not at all. A crash before the commit writes
 * nothing, and the batch is redelivered. After a crash following the commit, the redelivered
 * messages are duplicates, and their stored results are sent. If two processes have messages about
 * one order, the second process waits for the first and decides on the committed state.
 *
 * @throws the database's error. Nothing is written, unless only the reply to COMMIT was lost. In
 * that case the redelivered messages are duplicates.
 */
export async function processOrders(
  database: InventoryDatabase,
  messages: readonly OrderMessage[],
  { now, patience = 'session' }: ProcessOptions,
): Promise<ProcessedBatch> {
  await failPoint('inventory.beforeTx');
  return database.$transaction(async (tx) => {
    if (patience === 'brief') await tx.$executeRawUnsafe(WAIT_BRIEFLY);
    const effects = new Map<string, StockEffect>();
    const consumed = await consumeOnce<OrderMessage, StoredResult>(tx, messages, async (fresh) => {
      const requests = fresh.map(toRequest);
      const locked = await lockStock(tx, requests);
      const decision = decideStock(locked, requests);
      await recordDecision(tx, locked, decision);
      const processedAt = now().toISOString();
      return decision.effects.map((effect, index) => {
        const { id, receivedAt } = fresh[index] as OrderMessage;
        effects.set(id, effect);
        return { ...effect.outcome, receivedAt, processedAt };
      });
    });
    await failPoint('inventory.midTx');
    return {
      applied: consumed.filter((message) => message.kind === 'applied'),
      conflicts: consumed.filter((message) => message.kind === 'conflict'),
      effects,
    };
  });
}
