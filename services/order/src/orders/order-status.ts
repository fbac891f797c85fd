import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';

/** States from which a cancellation makes an order CANCELLING. */
export const CANCELLABLE: readonly OrderStatus[] = ['PENDING', 'CONFIRMED'];

/** States from which an order expires. The stock of a CONFIRMED order is reserved, so it stays. */
export const EXPIRABLE: readonly OrderStatus[] = ['PENDING'];

/**
 * Message types the consumer must not reject. A REJECTED result for one of them is a contract
 * violation: the message becomes DEAD, the order stays CANCELLING, and an operator decides.
 */
export const CANNOT_BE_REJECTED: readonly string[] = [ORDER_CANCELLED];

/**
 * Returns the status change that a message's result causes, or null. The change applies only while
 * the order is in `from`. A CANCELLING order changes only by the result of its cancellation.
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
