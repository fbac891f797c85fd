import { z } from 'zod';
import { customerId, listOf, oneOf, reason, time, uuid, view } from './fields.js';
import { itemView, orderItems, sku } from './order-item.js';
import { pageCursor, pageLimit, pageOf, scanned } from './page.js';

const ORDER_STATUSES = ['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Body of `POST /orders`. */
export const placeOrderRequest = z.strictObject({ customerId, items: orderItems });
export type PlaceOrderRequest = z.infer<typeof placeOrderRequest>;

/** Header `Idempotency-Key` of `POST /orders`: 1 to 255 visible ASCII characters. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected 1 to 255 visible ASCII characters without spaces' });

/** Response of `POST /orders`. A retry with the same Idempotency-Key gets the same response. */
export const placedOrder = view({
  id: uuid,
  customerId,
  status: z.literal('PENDING'),
  items: listOf(itemView),
  messageId: uuid,
  createdAt: time,
}).meta({ id: 'PlacedOrder' });
export type PlacedOrder = z.infer<typeof placedOrder>;

/** Optional body of `POST /orders/:id/cancel`. */
export const cancelOrderRequest = z.strictObject({ reason: reason.optional() });

/**
 * Response of `GET /orders/:id` and `POST /orders/:id/cancel`. `GET /orders` returns it without
 * `messages`. A cancellation returns 202 while the order is CANCELLING, 200 once it is CANCELLED,
 * and 409 if it is REJECTED.
 */
export const orderView = view({
  id: uuid,
  customerId,
  status: oneOf(ORDER_STATUSES),
  rejectReason: z.string().optional(),
  items: listOf(itemView),
  createdAt: time,
  updatedAt: time,
  messages: listOf(view({ id: uuid, type: z.string(), status: z.string(), attempts: z.int() })).optional(),
}).meta({ id: 'Order' });
export type OrderView = z.infer<typeof orderView>;

/** Query of `GET /orders`, newest first. */
export const listOrdersQuery = z.strictObject({
  status: oneOf(ORDER_STATUSES).optional(),
  customerId: customerId.optional(),
  /** Orders with an item of this sku. */
  sku: sku.optional(),
  limit: pageLimit,
  cursor: pageCursor,
});

/**
 * Response of `GET /orders`. A request reads a bounded number of orders. If few of them match, the
 * page ends early: `complete` is false, `items` may be empty, and `nextCursor` continues.
 */
export const ordersPage = view({ ...pageOf(orderView), ...scanned('orders placed') });
export type OrdersPage = z.infer<typeof ordersPage>;
