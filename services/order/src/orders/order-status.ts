import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';

/** States in which an order can be cancelled. It becomes CANCELLING. */
export const CANCELLABLE: readonly OrderStatus[] = ['PENDING', 'CONFIRMED'];

/**
 * Message types the consumer must not reject. A REJECTED result for one of them is a contract
 * violation: the message becomes DEAD, the order stays CANCELLING, and an operator decides.
 */
export const CANNOT_BE_REJECTED: readonly string[] = [ORDER_CANCELLED];

/**
 * Returns how a message's result changes its order, if the order is still in `from`. Null if the
 * result changes nothing. Once an order is CANCELLING, only its cancellation's result moves it.
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
