import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';

/** A change of an order's status; it happens only if the order is in `from` at that moment. */
export interface StatusChange {
  readonly from: OrderStatus;
  readonly to: OrderStatus;
}

/** The states in which cancelling an order makes it CANCELLING. */
export const CANCELLABLE: readonly OrderStatus[] = ['PENDING', 'CONFIRMED'];

/**
 * The messages that their consumer may not refuse. What is REJECTED nevertheless says nothing of what
 * became of the order: the message is DEAD with the reason, the order stays CANCELLING, and a person
 * decides.
 */
export const IRREFUSABLE: readonly string[] = [ORDER_CANCELLED];

/**
 * What a message's result means for its order, or null if nothing. An order that a person has begun
 * to cancel is CANCELLING: the result of its placement no longer moves it, only that of its cancelling.
 */
export function statusChange(messageType: string, outcome: Outcome): StatusChange | null {
  if (messageType === ORDER_PLACED) {
    if (outcome === 'SUCCEEDED') return { from: 'PENDING', to: 'CONFIRMED' };
    if (outcome === 'REJECTED') return { from: 'PENDING', to: 'REJECTED' };
  }
  if (messageType === ORDER_CANCELLED && outcome === 'SUCCEEDED')
    return { from: 'CANCELLING', to: 'CANCELLED' };
  return null;
}
