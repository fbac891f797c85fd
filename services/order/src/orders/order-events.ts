import {
  type ORDER_CANCELLED,
  ORDER_EVENTS_TOPIC,
  type ORDER_PLACED,
  type OrderCancelled,
  type OrderPlaced,
} from '@lmt/contracts';
import type { NewMessage } from '@lmt/outbox';
import { parseTraceparent } from '@lmt/tracing';

type OrderEvent =
  /** The statement that writes the message adds `placedAt`. */
  | { readonly type: typeof ORDER_PLACED; readonly payload: Omit<OrderPlaced, 'placedAt'> }
  | { readonly type: typeof ORDER_CANCELLED; readonly payload: OrderCancelled };

/** Returns an event's message. Its key is the order id, which keeps an order's events in order. */
export function toMessage(id: string, { type, payload }: OrderEvent, traceparent: string): NewMessage {
  const { orderId: key } = payload;
  return { id, topic: ORDER_EVENTS_TOPIC, key, type, payload: { ...payload }, headers: { traceparent } };
}

/**
 * Returns the client's W3C trace context. If it is missing or malformed, returns a new one, as the
 * standard requires. The new trace id is the message's uuid, so an operator can find the trace by
 * the message id. A version 7 uuid is random enough for a trace id.
 */
export function traceContext(header: string | undefined, orderId: string, messageId: string): string {
  if (header !== undefined && parseTraceparent(header) !== null) return header;
  const hex = (uuid: string) => uuid.replaceAll('-', '');
  return `00-${hex(messageId)}-${hex(orderId).slice(16)}-01`;
}
