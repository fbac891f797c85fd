import { z } from 'zod';
import { customerId, reason, uuid } from './fields.js';
import { placedItems } from './order-item.js';

export const ORDER_EVENTS_TOPIC = 'order-events';
export const ORDER_EVENTS_DEAD_LETTER_TOPIC = 'order-events.dlq';
/** Must never change, or keys would move to other partitions and lose their order. */
export const ORDER_EVENTS_PARTITIONS = 6;

/** The relay and the consumer both create missing topics at start. */
export const ORDER_EVENTS_TOPICS = [
  { topic: ORDER_EVENTS_TOPIC, partitions: ORDER_EVENTS_PARTITIONS },
  { topic: ORDER_EVENTS_DEAD_LETTER_TOPIC, partitions: 1 },
] as const;

export const ORDER_PLACED = 'order.placed.v1';
export const ORDER_CANCELLED = 'order.cancelled.v1';

// Consumers ignore unknown fields, so a newer producer can add fields.

/** Payload of `order.placed.v1`. */
export const orderPlaced = z.object({
  orderId: uuid,
  customerId,
  items: placedItems,
  placedAt: z.iso.datetime(),
});
export type OrderPlaced = z.infer<typeof orderPlaced>;

/** Payload of `order.cancelled.v1`. */
export const orderCancelled = z.object({
  orderId: uuid,
  reason: reason.optional(),
  cancelledAt: z.iso.datetime(),
});
export type OrderCancelled = z.infer<typeof orderCancelled>;

/**
 * An event of any version that a row or a record may still hold. An older version keeps its type,
 * which identifies it in the inbox, and `.transform` converts its payload to the newest version
 * (docs/upgrades.md#a-new-version-of-an-event).
 */
export const orderEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal(ORDER_PLACED), payload: orderPlaced }),
  z.object({ type: z.literal(ORDER_CANCELLED), payload: orderCancelled }),
]);
export type OrderEvent = z.infer<typeof orderEvent>;

export const ORDER_EVENT_TYPES: readonly string[] = [ORDER_PLACED, ORDER_CANCELLED];
