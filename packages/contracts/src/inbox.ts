import type { Outcome } from './message-results.js';
import type { StockMovementView } from './stock.js';

/** State of an order's stock at the inventory. */
export type ReservationStatus = 'RESERVED' | 'REJECTED' | 'RELEASED' | 'CANCELLED';

/** Response of the inventory's internal `GET /inbox/:messageId`. */
export interface InboxMessageView {
  readonly id: string;
  readonly type: string;
  readonly orderId: string;
  /** Start of the transaction that consumed the message, by the inventory database's clock. */
  readonly receivedAt: string;
  /** Times by the inventory's clock. A result that an older inventory stored has no `receivedAt`. */
  readonly result: {
    readonly outcome: Outcome;
    readonly reason?: string;
    readonly receivedAt?: string;
    readonly processedAt: string;
  } | null;
  /** The order's reservation as it is now, which a later message may have changed. */
  readonly reservation: {
    readonly status: ReservationStatus;
    readonly reason?: string;
    readonly createdAt: string;
    readonly updatedAt: string;
  } | null;
  /** The stock movements that this message caused. */
  readonly movements: readonly StockMovementView[];
}
