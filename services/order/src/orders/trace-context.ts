const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The caller's W3C trace context, or the start of a new trace without one (or with one that is not
 * well-formed, as the standard says). A new trace has the message's id, a uuid of version 7, as its
 * own: random enough for the standard, and found by whoever looks at the message.
 */
export function traceContext(header: string | undefined, orderId: string, messageId: string): string {
  if (header !== undefined && TRACEPARENT.test(header)) return header;
  const hex = (uuid: string) => uuid.replaceAll('-', '');
  return `00-${hex(messageId)}-${hex(orderId).slice(16)}-01`;
}
