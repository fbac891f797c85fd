import { ORDER_PLACED } from '@lmt/contracts';
import { type CancelOptions, cancelOrders } from '../cancellation/cancel-orders.js';
import type { OnDiscarded } from './dead-letters.js';

/**
 * Cancels the orders whose placements are discarded, in the transaction that discards them. A copy of
 * the placement may be on its way or come late: the cancellation makes the inventory give back what it
 * took, or leave a tombstone, whichever comes first. Orders that are being cancelled already stay so.
 */
export function cancelDiscarded(options: CancelOptions): OnDiscarded {
  return async (tx, messages, { reason }) => {
    const placements = messages.filter(({ type }) => type === ORDER_PLACED);
    await cancelOrders(
      tx,
      placements.map(({ key }) => ({ orderId: key, reason })),
      options,
    );
  };
}
