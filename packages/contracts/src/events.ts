import { z } from 'zod';
import { placedItems } from './order-item.js';
import { text } from './text.js';
import { uuid } from './uuid.js';

export const ORDER_EVENTS_TOPIC = 'order-events';
export const ORDER_EVENTS_DEAD_LETTER_TOPIC = 'order-events.dlq';
/** Fixed: with more partitions keys would move, and their order break. */
export const ORDER_EVENTS_PARTITIONS = 6;

/** Created by whoever comes first. */
export const ORDER_EVENTS_TOPICS = [
  { topic: ORDER_EVENTS_TOPIC, partitions: ORDER_EVENTS_PARTITIONS },
  { topic: ORDER_EVENTS_DEAD_LETTER_TOPIC, partitions: 1 },
] as const;

export const ORDER_PLACED = 'order.placed.v1';
export const ORDER_CANCELLED = 'order.cancelled.v1';
export type OrderEventType = typeof ORDER_PLACED | typeof ORDER_CANCELLED;

// Events are read tolerantly: a field that a newer producer added is passed over.

/** Payload of `order.placed.v1`. */
export const orderPlaced = z.object({
  orderId: uuid,
  customerId: text({ max: 128 }),
  items: placedItems,
  placedAt: z.iso.datetime(),
});
export type OrderPlaced = z.infer<typeof orderPlaced>;

/** Payload of `order.cancelled.v1`. */
export const orderCancelled = z.object({
  orderId: uuid,
  reason: text({ max: 500 }).optional(),
  cancelledAt: z.iso.datetime(),
});
export type OrderCancelled = z.infer<typeof orderCancelled>;
