import { z } from 'zod';
import { type OrderItem, orderItems } from './order-item.js';
import { pageCursor, pageLimit } from './page.js';
import { text } from './text.js';

export const ORDER_STATUSES = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Body of `POST /orders`. */
export const placeOrderRequest = z.strictObject({
  customerId: text({ max: 128 }),
  items: orderItems,
});
export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>;

/** Header `Idempotency-Key` of `POST /orders`: 1 to 255 visible ASCII characters. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected 1 to 255 visible ASCII characters without spaces' });

/** Answer of `POST /orders`: the same for the same Idempotency-Key, whatever became of the order since. */
export interface PlacedOrder {
  readonly id: string;
  readonly customerId: string;
  readonly status: 'PENDING';
  readonly items: readonly OrderItem[];
  readonly messageId: string;
  readonly createdAt: string;
}

/** Body of `POST /orders/:id/cancel`; none at all is fine too. */
export const cancelOrderRequest = z.strictObject({ reason: text({ max: 500 }).optional() });
export type CancelOrderRequest = z.infer<typeof cancelOrderRequest>;

/** What `GET /orders/:id` says of each message of the order. */
export interface OrderMessage {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly attempts: number;
}

/**
 * An order as the reads show it; `messages` only in `GET /orders/:id` and in the answer of
 * `POST /orders/:id/cancel`, which is the order as it is then: 202 with CANCELLING while the stock is
 * on its way back, 200 with CANCELLED once it is. 409 for a REJECTED order.
 */
export interface OrderView {
  readonly id: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly rejectReason?: string;
  readonly items: readonly OrderItem[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly messages?: readonly OrderMessage[];
}

/** Query of `GET /orders`. */
export const listOrdersQuery = z.strictObject({
  status: z.enum(ORDER_STATUSES, { error: `expected one of ${ORDER_STATUSES.join(', ')}` }).optional(),
  customerId: text({ max: 128 }).optional(),
  limit: pageLimit,
  cursor: pageCursor,
});
