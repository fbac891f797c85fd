import { z } from 'zod';
import { customerId, oneOf, reason } from './fields.js';
import { type OrderItem, orderItems, sku } from './order-item.js';
import { type Page, pageCursor, pageLimit } from './page.js';

export const ORDER_STATUSES = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Body of `POST /orders`. */
export const placeOrderRequest = z.strictObject({ customerId, items: orderItems });
export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>;

/** Header `Idempotency-Key` of `POST /orders`: 1 to 255 visible ASCII characters. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected 1 to 255 visible ASCII characters without spaces' });

/** Response of `POST /orders`. A retry with the same Idempotency-Key gets the same response. */
export interface PlacedOrder {
  readonly id: string;
  readonly customerId: string;
  readonly status: 'PENDING';
  readonly items: readonly OrderItem[];
  readonly messageId: string;
  readonly createdAt: string;
}

/** Optional body of `POST /orders/:id/cancel`. */
export const cancelOrderRequest = z.strictObject({ reason: reason.optional() });

/**
 * Response of `GET /orders/:id` and `POST /orders/:id/cancel`. `GET /orders` returns it without
 * `messages`. A cancellation returns 202 while the order is CANCELLING, 200 once it is CANCELLED,
 * and 409 if it is REJECTED.
 */
export interface OrderView {
  readonly id: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly rejectReason?: string;
  readonly items: readonly OrderItem[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly messages?: readonly {
    readonly id: string;
    readonly type: string;
    readonly status: string;
    readonly attempts: number;
  }[];
}

/** Query of `GET /orders`, newest first. */
export const listOrdersQuery = z.strictObject({
  status: oneOf(ORDER_STATUSES).optional(),
  customerId: customerId.optional(),
  /** Orders with an item of this sku. */
  sku: sku.optional(),
  limit: pageLimit,
  cursor: pageCursor,
});
export type ListOrdersQuery = z.input<typeof listOrdersQuery>;

/**
 * Response of `GET /orders`. A request reads a bounded number of orders. If few of them match, the
 * page ends early: `complete` is false, `items` may be empty, and `nextCursor` continues.
 */
export interface OrdersPage extends Page<OrderView> {
  readonly complete: boolean;
  /** Null if the page is complete. Otherwise the request read the orders placed since this time. */
  readonly scannedTo: string | null;
}
