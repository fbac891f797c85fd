import type { OrderView } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, createBatchQueue, type StallDetector } from '@lmt/resilience';
import { unavailable } from '@lmt/service-kit';
import { ANSWER_MS, inTransaction, retrySkippingLocked, SHARED_TRANSACTION } from '../database.js';
import { findOrders } from '../orders/order-views.js';
import { type Cancellation, type CancelRequest, cancelOrders } from './cancel-orders.js';

interface Cancelled {
  readonly cancellation: Cancellation;
  /** Read at the end of the transaction, under the row lock. Undefined if the order is unknown. */
  readonly order: OrderView | undefined;
}

export type CancelQueue = BatchQueue<CancelRequest, Cancelled>;

const toError = () =>
  unavailable('The cancellation was not confirmed in time. Retry; the order is cancelled only once.', 2);

/**
 * Batches concurrent cancellations into shared transactions, like `createPlaceQueue`. Only one
 * transaction runs at a time, so concurrent requests for one order share its lock instead of each
 * blocking a connection while waiting for it. Each promise settles after the commit. If another
 * session holds the lock of an order, requests for that order get a 503 and the other orders are
 * cancelled.
 *
 * A request that is answered 503 at its deadline may still cancel its order. A retry finds the
 * cancellation.
 */
export function createCancelQueue(database: OrderDatabase, stallDetector: StallDetector): CancelQueue {
  return createBatchQueue<CancelRequest, Cancelled>({
    ...SHARED_TRANSACTION,
    deadline: { ms: ANSWER_MS, toError, isRepeatable: () => true },
    async process(requests) {
      const ids = [...new Set(requests.map(({ orderId }) => orderId))];
      const { cancellations, orders } = await stallDetector.track(() =>
        retrySkippingLocked((lockMode) =>
          inTransaction(database, async (tx) => ({
            cancellations: await cancelOrders(tx, requests, lockMode),
            orders: await findOrders(tx, ids),
          })),
        ),
      );
      return cancellations.map((cancellation) => {
        const order = orders.get(cancellation.orderId);
        if (cancellation.kind === 'unknown' && order !== undefined)
          return {
            status: 'rejected',
            reason: unavailable('Another transaction holds the order. Retry.', 2),
          };
        return { status: 'fulfilled', value: { cancellation, order } };
      });
    },
  });
}
