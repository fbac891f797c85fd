import type { OrderView } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, createBatchQueue, type StallDetector } from '@lmt/resilience';
import { unavailable } from '@lmt/service-kit';
import { inTransaction } from '../in-transaction.js';
import { ANSWER_MS } from '../orders/answer-deadline.js';
import { findOrders } from '../orders/order-views.js';
import { type OfLocked, passOverLocked } from '../pass-over-locked.js';
import { type Cancellation, type CancelOptions, type CancelRequest, cancelOrders } from './cancel-orders.js';

const MAX_ORDERS_A_TRANSACTION = 256;
const MAX_WAITING = 10_000;

const heldElsewhere = () => unavailable('The order is just being changed by somebody else; ask again.', 2);

export interface Cancelled {
  readonly cancellation: Cancellation;
  /** As the transaction leaves it, read while its row is locked; undefined if there is no such order. */
  readonly order: OrderView | undefined;
}

export type CancelQueue = BatchQueue<CancelRequest, Cancelled>;

/**
 * Cancels orders in shared transactions, as `createOrderQueue` places them. One at a time: many
 * requests about one order then share a lock instead of each waiting for it on a connection of its
 * own. Each promise settles after the commit. An order that somebody keeps locked is refused for now
 * (503), and the others are cancelled without it.
 */
export function createCancelQueue(
  database: OrderDatabase,
  progress: StallDetector,
  options: CancelOptions,
): CancelQueue {
  return createBatchQueue<CancelRequest, Cancelled>({
    maxItems: MAX_ORDERS_A_TRANSACTION,
    maxWaiting: MAX_WAITING,
    maxWaitMs: ANSWER_MS,
    async process(requests) {
      const ids = [...new Set(requests.map(({ orderId }) => orderId))];
      const cancelAll = (ofLocked: OfLocked) =>
        inTransaction(database, async (tx) => ({
          cancellations: await cancelOrders(tx, requests, { ...options, ofLocked }),
          orders: await findOrders(tx, ids),
        }));
      const done = await progress.track(() => passOverLocked(cancelAll));
      return done.cancellations.map((cancellation) => {
        const order = done.orders.get(cancellation.orderId);
        if (cancellation.kind === 'unknown' && order !== undefined)
          return { status: 'rejected', reason: heldElsewhere() };
        return { status: 'fulfilled', value: { cancellation, order } };
      });
    },
  });
}
