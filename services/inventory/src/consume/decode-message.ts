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

/** A valid placement. The key is the order id of the payload. */
export interface PlacementMessage {
  readonly id: string;
  readonly type: typeof ORDER_PLACED;
  readonly key: string;
  readonly payload: OrderPlaced;
}

/** A valid cancellation. The key is the order id of the payload. */
export interface CancellationMessage {
  readonly id: string;
  readonly type: typeof ORDER_CANCELLED;
  readonly key: string;
  readonly payload: OrderCancelled;
}

export type OrderMessage = PlacementMessage | CancellationMessage;

/**
 * - `order`: can be processed.
 * - `malformed`: has an id and a key, so the order service gets a FAILED result with the reason.
 * - `dead-letter`: belongs to no known message, so it goes to the dead-letter topic with the reason.
 */
export type DecodedMessage =
  | { readonly kind: 'order'; readonly message: OrderMessage }
  | {
      readonly kind: 'malformed';
      readonly messageId: string;
      readonly orderId: string;
      readonly reason: string;
    }
  | { readonly kind: 'dead-letter'; readonly reason: string };

// Limit of the contract. With a longer reason the order service would reject the whole request.
const MAX_REASON = 500;

type Ids = Pick<OrderMessage, 'id' | 'key'>;
interface Malformed {
  readonly reason: string;
}

function readPayload<P extends { readonly orderId: string }>(
  schema: z.ZodType<P>,
  type: string,
  body: string,
  key: string,
): { readonly payload: P } | Malformed {
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

function readMessage({ id, key }: Ids, type: string | null, body: string): OrderMessage | Malformed {
  switch (type) {
    case ORDER_PLACED: {
      const read = readPayload(orderPlaced, type, body, key);
      return 'reason' in read ? read : { id, type, key, payload: read.payload };
    }
    case ORDER_CANCELLED: {
      const read = readPayload(orderCancelled, type, body, key);
      return 'reason' in read ? read : { id, type, key, payload: read.payload };
    }
    case null:
      return { reason: 'no message type' };
    default:
      return { reason: `unknown message type ${type}` };
  }
}

/** Never throws. */
export function decodeMessage(inbound: InboundMessage): DecodedMessage {
  const id = uuid.safeParse(inbound.id);
  if (!id.success) return { kind: 'dead-letter', reason: 'no message id that is a uuid' };
  const key = uuid.safeParse(inbound.key);
  if (!key.success) return { kind: 'dead-letter', reason: 'no message key that is an order id' };

  const read = readMessage({ id: id.data, key: key.data }, inbound.type, inbound.body);
  if (!('reason' in read)) return { kind: 'order', message: read };
  const reason = toText(read.reason, MAX_REASON);
  return { kind: 'malformed', messageId: id.data, orderId: key.data, reason };
}
