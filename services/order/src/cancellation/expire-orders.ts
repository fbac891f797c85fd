import { cancelMessages, type TransactionSql } from '@lmt/outbox';
import type { SqlClient } from '@lmt/postgres';
import { inTransaction, type LockMode, retrySkippingLocked } from '../database.js';
import { EXPIRABLE } from '../orders/order-status.js';
import { cancelOrders } from './cancel-orders.js';

/** The most orders of a batch, which is one transaction. */
export const EXPIRY_BATCH = 256;

/** Precedes the id of every order. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

interface OldOrder {
  readonly id: string;
  readonly messageId: string;
  readonly isExpired: boolean;
}

// Reads a bounded number of rows from the partial index of unfinished orders. Ids follow the time of
// placing, so the orders that come next are younger.
export const FIND_OLDEST = `
SELECT id, message_id AS "messageId", created_at <= now() - make_interval(secs => $2::float8) AS "isExpired"
FROM orders WHERE status = 'PENDING' AND id > $1::uuid ORDER BY id LIMIT ${EXPIRY_BATCH}`;

export interface ExpiryOptions {
  readonly afterSeconds: number;
  /** The order after which the batch begins. */
  readonly after: string;
}

export interface ExpiredBatch {
  /** Ids of the orders that are now CANCELLING. */
  readonly orders: readonly string[];
  /** Number of placements that no relay had claimed. They are not published. */
  readonly takenBack: number;
  /** The last order of a full batch, which others may follow, or null. */
  readonly last: string | null;
}

/**
 * Cancels orders that have been PENDING for too long, up to a batch. The placement's message is
 * taken back if no relay has claimed it. Otherwise a copy may reach the inventory: the cancellation
 * then releases its stock, or leaves a tombstone if the copy arrives later.
 *
 * Messages are locked before orders, in id order, as `applyResults` does. A result that commits first
 * makes its order CONFIRMED or REJECTED, and the order does not expire. Several processes may run
 * this at once: an order expires once.
 */
export async function expireOrders(
  database: SqlClient,
  { afterSeconds, after }: ExpiryOptions,
): Promise<ExpiredBatch> {
  const oldest = await database.$queryRawUnsafe<OldOrder[]>(FIND_OLDEST, after, afterSeconds);
  const expired = oldest.filter(({ isExpired }) => isExpired);
  const last = expired.length === EXPIRY_BATCH ? (expired.at(-1)?.id ?? null) : null;
  if (expired.length === 0) return { orders: [], takenBack: 0, last };
  const reason = `not confirmed within ${afterSeconds} s`;
  const cancelled = await retrySkippingLocked((lockMode) =>
    inTransaction(database, (tx) => expire(tx, expired, reason, lockMode)),
  );
  return { ...cancelled, last };
}

async function expire(
  tx: TransactionSql,
  expired: readonly OldOrder[],
  reason: string,
  lockMode: LockMode,
): Promise<Pick<ExpiredBatch, 'orders' | 'takenBack'>> {
  // Taking back waits for locked messages. It only saves work, so a retry that skips locks omits it.
  const placements = lockMode === 'skip' ? [] : expired.map(({ messageId }) => messageId);
  const takenBack = await cancelMessages(tx, placements, { by: 'order service', reason });
  const requests = expired.map(({ id }) => ({ orderId: id, reason }));
  const cancellations = await cancelOrders(tx, requests, lockMode, EXPIRABLE);
  const begun = cancellations.filter(({ kind }) => kind === 'cancelling');
  return { orders: begun.map(({ orderId }) => orderId), takenBack: takenBack.length };
}
