import type { MessageResult } from '@lmt/contracts';
import {
  type AppliedResult,
  type Completion,
  completeSql,
  decideCompletion,
  NOTHING_APPLIED,
  type TransactionSql,
} from '@lmt/outbox';
import { andCommit, type SqlClient } from '@lmt/postgres';
import { failPoint } from '@lmt/resilience';
import { inTransaction, retrySkippingLocked } from '../database.js';
import { CANNOT_BE_REJECTED, statusChange } from '../orders/order-status.js';

/** An order whose status a result changed. */
export interface ChangedOrder {
  readonly id: string;
  readonly status: string;
  readonly rejectReason: string | null;
}

export interface AppliedResults {
  /** One per result, in the order given. */
  readonly applied: readonly AppliedResult[];
  readonly changed: readonly ChangedOrder[];
}

// Completes messages and changes their orders. Changes an order only if its current status is the
// change's `from`, so an order never leaves a terminal state. Locks in id order, so callbacks for
// the same orders wait for each other and cannot deadlock. Each row looks up its change instead of
// joining it; complete-messages.ts explains why.
const CHANGE = `($4::jsonb -> (o.id::text || ' ' || o.status))`;
const APPLY = andCommit(`
WITH completed AS (${completeSql('$1', '$2')}),
locked AS MATERIALIZED (
  SELECT o.id FROM orders o WHERE o.id = ANY($3::uuid[]) ORDER BY o.id FOR NO KEY UPDATE
)
UPDATE orders o SET status = ${CHANGE} ->> 'to', reject_reason = ${CHANGE} ->> 'reason', updated_at = now()
WHERE (SELECT count(*) FROM locked) > 0 AND o.id = ANY($3::uuid[]) AND ${CHANGE} IS NOT NULL
RETURNING o.id, o.status, o.reject_reason AS "rejectReason"`);

interface OrderChange {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
}

function decideChanges(answers: readonly AppliedResult[]): readonly OrderChange[] {
  return answers.flatMap(({ result, status, type }) => {
    if (status !== 'applied' || type === null) return [];
    const change = statusChange(type, result.outcome);
    if (change === null) return [];
    const reason = change.to === 'REJECTED' ? (result.reason ?? 'no reason given') : null;
    return [{ id: result.key, from: change.from, to: change.to, reason }];
  });
}

/** Writes the decision about messages and the changes of their orders, and commits. */
async function apply(tx: TransactionSql, { answers, ids, changes }: Completion): Promise<ChangedOrder[]> {
  if (ids.length === 0) return [];
  const orders = decideChanges(answers);
  return tx.$queryRawUnsafe<ChangedOrder[]>(
    APPLY,
    ids,
    changes,
    orders.map(({ id }) => id),
    JSON.stringify(Object.fromEntries(orders.map(({ id, from, ...change }) => [`${id} ${from}`, change]))),
  );
}

const FREE_ORDERS = 'SELECT id FROM orders WHERE id = ANY($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED';

/** Locks the orders that no other transaction has locked, and returns the results for them. */
export async function lockFreeOrders<R extends { readonly key: string }>(
  tx: TransactionSql,
  results: readonly R[],
): Promise<readonly R[]> {
  const ids = [...new Set(results.map(({ key }) => key))];
  const rows = await tx.$queryRawUnsafe<{ id: string }[]>(FREE_ORDERS, ids);
  const free = new Set(rows.map(({ id }) => id));
  return results.filter(({ key }) => free.has(key));
}

/**
 * Completes messages and changes their orders in one transaction, so a message is COMPLETED exactly
 * when its result has been applied to its order. A repeated result changes nothing and gets the
 * answer `duplicate`. If another session keeps an order or its message locked, nothing is written
 * for its results, and they get the answer `locked`.
 *
 * @param sentAt when the consumer sent the results
 */
export async function applyResults(
  database: SqlClient,
  reported: readonly MessageResult[],
  sentAt?: string,
): Promise<AppliedResults> {
  if (reported.length === 0) return { applied: [], changed: [] };
  const results = reported.map(({ orderId: key, ...result }) => ({ key, sentAt, ...result }));

  const { completion, changed } = await retrySkippingLocked((lockMode) =>
    inTransaction(database, async (tx) => {
      const skipLocked = lockMode === 'skip';
      const free = skipLocked ? await lockFreeOrders(tx, results) : results;
      const completion = await decideCompletion(tx, free, {
        cannotBeRejected: CANNOT_BE_REJECTED,
        skipLocked,
      });
      await failPoint('order.beforeComplete');
      return { completion, changed: await apply(tx, completion) };
    }),
  );
  await failPoint('order.afterComplete');
  const answers = new Map(completion.answers.map((answer) => [answer.result, answer]));
  const locked = { ...NOTHING_APPLIED, status: 'locked' } as const;
  return { applied: results.map((result) => answers.get(result) ?? { result, ...locked }), changed };
}
