import { ORDER_PLACED } from '@lmt/contracts';
import { type AppliedMessage, type ConflictingMessage, decideConsumption } from '@lmt/inbox';
import { databaseFailure, type SqlClient } from '@lmt/postgres';
import { failPoint } from '@lmt/resilience';
import { decideStock, type StockEffect, type StockOutcome, type StockRequest } from '../stock/decide.js';
import { lockState } from '../stock/lock.js';
import { isLostRace, recordDecision } from '../stock/record.js';
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

/** Whether a transaction was rolled back because of another one, so that a retry succeeds. */
export const isConflict = (error: unknown): boolean =>
  databaseFailure(error) === 'conflict' || isLostRace(error);

/**
 * Applies the messages of a batch, in their order, in one transaction of two round trips: one locks
 * and reads, one writes and commits. Inbox, stock, movements, reservations and results are written
 * together or not at all. A crash before the commit writes nothing, and the batch is redelivered.
 * After a crash following the commit, the redelivered messages are duplicates, and their stored
 * results are sent. If two processes have messages about one order, or the same message, the second
 * process waits for the first, and decides on the committed state or fails with a conflict.
 *
 * @throws the database's error. Nothing is written, unless only the reply to COMMIT was lost. In
 * that case the redelivered messages are duplicates.
 */
export async function processOrders(
  database: SqlClient,
  messages: readonly OrderMessage[],
  { now, patience = 'session' }: ProcessOptions,
): Promise<ProcessedBatch> {
  await failPoint('inventory.beforeTx');
  return database.$transaction(async (tx) => {
    if (patience === 'brief') await tx.$executeRawUnsafe(WAIT_BRIEFLY);
    const batch = messages.map((message) => ({ messageId: message.id, request: toRequest(message) }));
    const state = await lockState<StoredResult>(tx, batch);
    const { fresh, answer } = decideConsumption<OrderMessage, StoredResult>(messages, state.stored);
    const decision = decideStock(state, fresh.map(toRequest));
    const processedAt = now().toISOString();
    const results = decision.effects.map(({ outcome }, index) => {
      const { receivedAt } = fresh[index] as OrderMessage;
      return { receivedAt, processedAt, ...outcome };
    });
    const consumed = answer(results);
    const effects = new Map(decision.effects.map((effect, index) => [fresh[index]?.id ?? '', effect]));
    await failPoint('inventory.midTx');
    if (fresh.length > 0) {
      const rows = fresh.map((message, index) => ({ result: results[index], ...message }));
      await recordDecision(tx, state, decision, rows);
    }
    return {
      applied: consumed.filter((message) => message.kind === 'applied'),
      conflicts: consumed.filter((message) => message.kind === 'conflict'),
      effects,
    };
  });
}
