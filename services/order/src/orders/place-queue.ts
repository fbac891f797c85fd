import { databaseFailure, type OrderDatabase } from '@lmt/prisma-order';
import { type BatchQueue, createBatchQueue, type StallDetector } from '@lmt/resilience';
import type { Logger } from '@lmt/service-kit';
import { SHARED_TRANSACTION } from '../database.js';
import { type NewOrder, type Placement, placeOrders } from './place-orders.js';

export type PlaceQueue = BatchQueue<NewOrder, Placement>;

/**
 * Batches concurrent requests into shared transactions. All requests that arrive during one
 * transaction share the next one, which costs one commit, one NOTIFY and four statements. A lone
 * request does not wait. Each promise settles after the commit.
 *
 * Only one transaction runs at a time, because a second one would halve the batches. At 1,000
 * orders a second this responds faster (p50 5.7 ms instead of 7.7 ms) and halves the commits.
 *
 * After any failure but an outage, the orders are placed one by one, so a bad row fails alone.
 */
export function createPlaceQueue(
  database: OrderDatabase,
  logger: Logger,
  stallDetector: StallDetector,
): PlaceQueue {
  async function place(orders: readonly NewOrder[]): Promise<PromiseSettledResult<Placement>[]> {
    const placements = await stallDetector.track(() => placeOrders(database, orders));
    return placements.map((value) => ({ status: 'fulfilled', value }));
  }

  async function placeOneByOne(orders: readonly NewOrder[]): Promise<PromiseSettledResult<Placement>[]> {
    const outcomes: PromiseSettledResult<Placement>[] = [];
    for (const order of orders) {
      try {
        outcomes.push(...(await place([order])));
      } catch (reason) {
        const isDown = databaseFailure(reason) === 'unavailable';
        // During an outage each remaining order would have to time out on its own.
        const failed = isDown ? orders.slice(outcomes.length) : [order];
        outcomes.push(...failed.map(() => ({ status: 'rejected' as const, reason })));
        if (isDown) break;
      }
    }
    return outcomes;
  }

  return createBatchQueue<NewOrder, Placement>({
    ...SHARED_TRANSACTION,
    async process(orders) {
      try {
        return await place(orders);
      } catch (error) {
        // Not retried after an outage, because the COMMIT may have succeeded without a reply.
        if (databaseFailure(error) === 'unavailable') throw error;
        logger.warn(
          { err: error, orders: orders.length },
          'batch rolled back; placing its orders one by one',
        );
        return placeOneByOne(orders);
      }
    },
  });
}
