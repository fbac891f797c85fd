import { ORDER_EVENT_TYPES, type OrderEvent, orderEvent, toText, uuid } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';

/** A valid order event. Its key equals the order id in its payload. */
export type OrderMessage = Readonly<OrderEvent> & {
  readonly id: string;
  readonly key: string;
  /** When this process received the message. */
  readonly receivedAt: string;
  /** W3C trace context: the producer's, then this process's span. Absent without tracing. */
  readonly traceparent?: string | undefined;
};

/**
 * - `order`: a valid event.
 * - `malformed`: an invalid event with an id and a key, so the order service gets a FAILED result.
 * - `unsupported`: an event of a type or version that a newer consumer may know. It gets no result,
 *   so the relay republishes it after its deadline.
 * - `dead-letter`: a record without a usable id or key. It cannot get a result, so it goes to the
 *   dead-letter topic.
 */
type DecodedMessage =
  | { readonly kind: 'order'; readonly message: OrderMessage }
  | {
      readonly kind: 'malformed';
      readonly messageId: string;
      readonly orderId: string;
      readonly reason: string;
    }
  | { readonly kind: 'unsupported'; readonly type: string }
  | { readonly kind: 'dead-letter'; readonly reason: string };

// The contract's limit. The order service rejects a whole request with a longer reason.
const MAX_REASON = 500;

// How long a message of an unknown type may wait for a consumer that knows the type. Longer than a
// rolling deployment. After this time no consumer knows the type, and an operator must decide.
const UNKNOWN_TYPE_GRACE_MS = 15 * 60_000;

// An order of 100 items takes less than 20 kB. A compressed record may expand to 16 MB, and the
// parsed objects of such a body would fill the memory.
const MAX_BODY_LENGTH = 1_000_000;

const isKnown = (type: string) => ORDER_EVENT_TYPES.includes(type);

/** Also false if the message has no usable time or if its time is far in the future. */
function mayBeNewer({ headers }: InboundMessage, now: Date): boolean {
  const age = now.getTime() - Date.parse(headers.ce_time ?? '');
  return Math.abs(age) <= UNKNOWN_TYPE_GRACE_MS;
}

/** Parses an event. Returns a reason if it is malformed or its payload names another order. */
function readEvent({ type, body }: InboundMessage, key: string): OrderEvent | { readonly reason: string } {
  if (type === null) return { reason: 'no message type' };
  if (!isKnown(type)) return { reason: `unknown message type ${type}` };
  if (body.length > MAX_BODY_LENGTH)
    return { reason: `the body is longer than ${MAX_BODY_LENGTH} characters` };
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return { reason: 'the body is not JSON' };
  }
  const parsed = orderEvent.safeParse({ type, payload });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.slice(1).join('.') || 'body';
    return { reason: `the body is not an ${type}: ${path}: ${issue?.message}` };
  }
  if (parsed.data.payload.orderId === key) return parsed.data;
  return { reason: 'the order id in the body is not the message key' };
}

/** Validates a record that arrives now. Never throws. */
export function decodeMessage(inbound: InboundMessage, now: Date): DecodedMessage {
  const id = uuid.safeParse(inbound.id);
  if (!id.success) return { kind: 'dead-letter', reason: 'no message id that is a uuid' };
  const key = uuid.safeParse(inbound.key);
  if (!key.success) return { kind: 'dead-letter', reason: 'no message key that is an order id' };
  const { type } = inbound;
  if (type !== null && !isKnown(type) && mayBeNewer(inbound, now))
    return { kind: 'unsupported', type: toText(type, MAX_REASON) };

  const event = readEvent(inbound, key.data);
  if (!('reason' in event))
    return {
      kind: 'order',
      message: { id: id.data, key: key.data, receivedAt: now.toISOString(), ...event },
    };
  const reason = toText(event.reason, MAX_REASON);
  return { kind: 'malformed', messageId: id.data, orderId: key.data, reason };
}
