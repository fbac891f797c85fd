import { ORDER_PLACED, type OrderPlaced, orderPlaced, textOf, uuid } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';

/** A message that can be given its effect. */
export interface PlacementMessage {
  readonly id: string;
  readonly type: typeof ORDER_PLACED;
  readonly key: string;
  readonly placed: OrderPlaced;
}

/**
 * What a message turned out to be.
 * - `placement`: to be given its effect.
 * - `poison`: it has an id and a key, so its sender is told that it FAILED, with the reason.
 * - `dead-letter`: nobody can be told; it is parked with the reason.
 */
export type DecodedMessage =
  | { readonly kind: 'placement'; readonly message: PlacementMessage }
  | { readonly kind: 'poison'; readonly messageId: string; readonly orderId: string; readonly reason: string }
  | { readonly kind: 'dead-letter'; readonly reason: string };

// What a result may carry: a reason that the order service refused would hold up all that is sent with it.
const LONGEST_REASON = 500;

type Payload = { readonly placed: OrderPlaced } | { readonly reason: string };

function readPayload(type: string | null, body: string): Payload {
  if (type !== ORDER_PLACED)
    return { reason: type === null ? 'no message type' : `unknown message type ${type}` };
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { reason: 'the body is not JSON' };
  }
  const parsed = orderPlaced.safeParse(json);
  if (parsed.success) return { placed: parsed.data };
  const issue = parsed.error.issues[0];
  return { reason: `the body is not an ${type}: ${issue?.path.join('.') || 'body'}: ${issue?.message}` };
}

/** Never throws, whatever came in. */
export function decodeMessage(inbound: InboundMessage): DecodedMessage {
  const id = uuid.safeParse(inbound.id);
  if (!id.success) return { kind: 'dead-letter', reason: 'no message id that is a uuid' };
  const key = uuid.safeParse(inbound.key);
  if (!key.success) return { kind: 'dead-letter', reason: 'no message key that is an order id' };

  const payload = readPayload(inbound.type, inbound.body);
  const poison = (reason: string): DecodedMessage => ({
    kind: 'poison',
    messageId: id.data,
    orderId: key.data,
    reason: textOf(reason, LONGEST_REASON),
  });
  if ('reason' in payload) return poison(payload.reason);
  if (payload.placed.orderId !== key.data) return poison('the order id in the body is not the message key');
  return {
    kind: 'placement',
    message: { id: id.data, type: ORDER_PLACED, key: key.data, placed: payload.placed },
  };
}
