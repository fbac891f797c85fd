import type { OrderView } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, createBatchQueue, type Progress } from '@lmt/service-kit';
import { type Cancellation, type CancelOptions, type CancelRequest, cancelOrders } from './cancel-orders.js';
import { findOrders } from './order-views.js';
import { transact } from './transact.js';

const MAX_ORDERS_A_TRANSACTION = 256;
const MAX_WAITING = 10_000;

export interface Cancelled {
  readonly cancellation: Cancellation;
  /** As the transaction leaves it, read while its row is locked; undefined if there is no such order. */
  readonly order: OrderView | undefined;
}

export type CancelQueue = BatchQueue<CancelRequest, Cancelled>;

/**
 * Cancels orders in shared transactions, as `createOrderQueue` places them. One at a time: many
 * requests about one order then share a lock instead of each waiting for it on a connection of its
 * own. Each promise settles after the commit.
 */
export function createCancelQueue(
  database: OrderDatabase,
  progress: Progress,
  options: CancelOptions,
): CancelQueue {
  return createBatchQueue<CancelRequest, Cancelled>({
    maxItems: MAX_ORDERS_A_TRANSACTION,
    slots: 1,
    maxWaiting: MAX_WAITING,
    async process(requests) {
      const ids = [...new Set(requests.map(({ orderId }) => orderId))];
      const cancelAll = () =>
        transact(database, async (tx) => ({
          cancellations: await cancelOrders(tx, requests, options),
          orders: await findOrders(tx, ids),
        }));
      const done = await progress.attempt(cancelAll);
      return done.cancellations.map((cancellation) => ({
        status: 'fulfilled',
        value: { cancellation, order: done.orders.get(cancellation.orderId) },
      }));
    },
  });
}
