import type { OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, createBatchQueue } from '@lmt/service-kit';
import { type Cancellation, type CancelOptions, type CancelRequest, cancelOrders } from './cancel-orders.js';
import { transact } from './transact.js';

const MAX_ORDERS_A_TRANSACTION = 256;
const MAX_WAITING = 10_000;

export type CancelQueue = BatchQueue<CancelRequest, Cancellation>;

/**
 * Cancels orders in shared transactions, as `createOrderQueue` places them. One at a time: many
 * requests about one order then share a lock instead of each waiting for it on a connection of its
 * own. Each promise settles after the commit.
 */
export function createCancelQueue(database: OrderDatabase, options: CancelOptions): CancelQueue {
  return createBatchQueue<CancelRequest, Cancellation>({
    maxItems: MAX_ORDERS_A_TRANSACTION,
    slots: 1,
    maxWaiting: MAX_WAITING,
    async process(requests) {
      const answers = await transact(database, (tx) => cancelOrders(tx, requests, options));
      return answers.map((value) => ({ status: 'fulfilled', value }));
    },
  });
}
