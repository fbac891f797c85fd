import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';

/** States from which cancelling moves an order to CANCELLING. */
export const CANCELLABLE: readonly OrderStatus[] = ['PENDING', 'CONFIRMED'];

/**
 * Message types the consumer must not reject. A REJECTED result for one of them is a contract
 * violation: the message becomes DEAD, the order stays CANCELLING, and an operator decides.
 */
export const CANNOT_BE_REJECTED: readonly string[] = [ORDER_CANCELLED];

/**
 * Returns the change that a message's result makes to its order if the order is still in `from`, or
 * null. Once an order is CANCELLING the result of its placement no longer moves it, only the result
 * of its cancellation does.
 */
export function statusChange(
  messageType: string,
  outcome: Outcome,
): { readonly from: OrderStatus; readonly to: OrderStatus } | null {
  if (messageType === ORDER_PLACED) {
    if (outcome === 'SUCCEEDED') return { from: 'PENDING', to: 'CONFIRMED' };
    if (outcome === 'REJECTED') return { from: 'PENDING', to: 'REJECTED' };
  }
  if (messageType === ORDER_CANCELLED && outcome === 'SUCCEEDED')
    return { from: 'CANCELLING', to: 'CANCELLED' };
  return null;
}
