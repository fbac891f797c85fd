import type { MessageResult, MessageResultsResponse } from '@lmt/contracts';
import { type AppliedResult, completeMessages, type TransactionSql } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import { inTransaction } from '../in-transaction.js';
import { IRREFUSABLE, statusChange } from '../orders/order-status.js';
import { passOverLocked } from '../pass-over-locked.js';

/** An order that a result moved. */
export interface ChangedOrder {
  readonly id: string;
  readonly status: string;
  readonly rejectReason: string | null;
}

export interface AppliedResults {
  readonly response: MessageResultsResponse;
  readonly applied: readonly AppliedResult[];
  readonly changed: readonly ChangedOrder[];
}

// Guarded by the state that the change leaves: an order in a terminal state stays there. Locked in
// one order, so that two callbacks about the same orders wait for each other. The change is looked up by
// each row, not joined, see complete-messages.ts.
const CHANGE = `($2::jsonb -> (o.id::text || ' ' || o.status))`;
const CHANGE_STATUS = `
WITH locked AS MATERIALIZED (
  SELECT o.id FROM orders o WHERE o.id = ANY($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE
)
UPDATE orders o SET status = ${CHANGE} ->> 'to', reject_reason = ${CHANGE} ->> 'reason', updated_at = now()
WHERE (SELECT count(*) FROM locked) > 0 AND o.id = ANY($1::uuid[]) AND ${CHANGE} IS NOT NULL
RETURNING o.id, o.status, o.reject_reason AS "rejectReason"`;

async function changeOrders(tx: TransactionSql, applied: readonly AppliedResult[]): Promise<ChangedOrder[]> {
  const changes = applied.flatMap(({ result, status, type }) => {
    if (status !== 'applied' || type === null) return [];
    const change = statusChange(type, result.outcome);
    if (change === null) return [];
    const reason = change.to === 'REJECTED' ? (result.reason ?? 'no reason was given') : null;
    return [{ id: result.key, from: change.from, to: change.to, reason }];
  });
  if (changes.length === 0) return [];
  return tx.$queryRawUnsafe<ChangedOrder[]>(
    CHANGE_STATUS,
    changes.map(({ id }) => id),
    JSON.stringify(Object.fromEntries(changes.map(({ id, from, ...change }) => [`${id} ${from}`, change]))),
  );
}

const FREE_ORDERS = 'SELECT id FROM orders WHERE id = ANY($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED';

/** Locks those that nobody else has, and returns them. */
async function lockFree(tx: TransactionSql, ids: readonly string[]): Promise<Set<string>> {
  const free = await tx.$queryRawUnsafe<{ id: string }[]>(FREE_ORDERS, [...new Set(ids)]);
  return new Set(free.map(({ id }) => id));
}

/**
 * Completes messages and moves their orders, all in one transaction: a message is COMPLETED exactly
 * when its order has the state that the result means. The same results again change nothing and are
 * answered `duplicate`. Those whose order or message somebody keeps locked are answered `locked`, and
 * nothing was done about them.
 */
export async function applyResults(
  database: OrderDatabase,
  results: readonly MessageResult[],
): Promise<AppliedResults> {
  const byKey = results.map(({ orderId, ...result }) => ({ ...result, key: orderId }));
  return passOverLocked((ofLocked) =>
    inTransaction(database, async (tx) => {
      const skipLocked = ofLocked === 'skip';
      const keys = byKey.map(({ key }) => key);
      const free = skipLocked ? await lockFree(tx, keys) : new Set(keys);
      const takeable = byKey.filter(({ key }) => free.has(key));
      const completed = await completeMessages(tx, takeable, { cannotBeRejected: IRREFUSABLE, skipLocked });
      const changed = await changeOrders(tx, completed);
      const applied = byKey.map(
        (result): AppliedResult =>
          free.has(result.key)
            ? (completed.shift() as AppliedResult)
            : { result, status: 'locked', type: null, newStatus: null },
      );
      const answers = applied.map(({ result, status }) => ({ messageId: result.messageId, status }));
      return { response: { results: answers }, applied, changed };
    }),
  );
}
