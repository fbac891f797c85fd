import {
  ORDER_CANCELLED,
  ORDER_PLACED,
  type OrderCancelled,
  type OrderPlaced,
  orderCancelled,
  orderPlaced,
  toText,
  uuid,
} from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import type { z } from 'zod';

/** A placement that can be given its effect. */
export interface PlacementMessage {
  readonly id: string;
  readonly type: typeof ORDER_PLACED;
  /** The order's id, as in the payload. */
  readonly key: string;
  readonly payload: OrderPlaced;
}

/** A cancelling that can be given its effect. */
export interface CancellationMessage {
  readonly id: string;
  readonly type: typeof ORDER_CANCELLED;
  /** The order's id, as in the payload. */
  readonly key: string;
  readonly payload: OrderCancelled;
}

export type OrderMessage = PlacementMessage | CancellationMessage;

/**
 * What a message turned out to be.
 * - `order`: about an order; to be given its effect.
 * - `poison`: it has an id and a key, so its sender is told that it FAILED, with the reason.
 * - `dead-letter`: nobody can be told; it is parked with the reason.
 */
export type DecodedMessage =
  | { readonly kind: 'order'; readonly message: OrderMessage }
  | { readonly kind: 'poison'; readonly messageId: string; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'dead-letter'; readonly reason: string };

// What a result may carry: a reason that the order service refused would hold up all that is sent with it.
const LONGEST_REASON = 500;

type Ids = Pick<OrderMessage, 'id' | 'key'>;
type Read<M> = { readonly message: M } | { readonly reason: string };

function readPayload<P extends { readonly orderId: string }>(
  schema: z.ZodType<P>,
  { type, body }: { readonly type: string; readonly body: string },
  key: string,
): { readonly payload: P } | { readonly reason: string } {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { reason: 'the body is not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { reason: `the body is not an ${type}: ${issue?.path.join('.') || 'body'}: ${issue?.message}` };
  }
  if (parsed.data.orderId !== key) return { reason: 'the order id in the body is not the message key' };
  return { payload: parsed.data };
}

function readMessage({ id, key }: Ids, type: string | null, body: string): Read<OrderMessage> {
  switch (type) {
    case ORDER_PLACED: {
      const read = readPayload(orderPlaced, { type, body }, key);
      return 'reason' in read ? read : { message: { id, type, key, payload: read.payload } };
    }
    case ORDER_CANCELLED: {
      const read = readPayload(orderCancelled, { type, body }, key);
      return 'reason' in read ? read : { message: { id, type, key, payload: read.payload } };
    }
    case null:
      return { reason: 'no message type' };
    default:
      return { reason: `unknown message type ${type}` };
  }
}

/** Never throws, whatever came in. */
export function decodeMessage(inbound: InboundMessage): DecodedMessage {
  const id = uuid.safeParse(inbound.id);
  if (!id.success) return { kind: 'dead-letter', reason: 'no message id that is a uuid' };
  const key = uuid.safeParse(inbound.key);
  if (!key.success) return { kind: 'dead-letter', reason: 'no message key that is an order id' };

  const read = readMessage({ id: id.data, key: key.data }, inbound.type, inbound.body);
  if ('message' in read) return { kind: 'order', message: read.message };
  return {
    kind: 'poison',
    messageId: id.data,
    orderId: key.data,
    reason: toText(read.reason, LONGEST_REASON),
  };
}
