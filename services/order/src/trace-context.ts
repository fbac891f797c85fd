const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The caller's W3C trace context, or the start of a new trace without one (or with one that is not
 * well-formed, as the standard says). `randomHex(n)` gives n random bytes in hex.
 */
export function traceContext(header: string | undefined, randomHex: (bytes: number) => string): string {
  if (header !== undefined && TRACEPARENT.test(header)) return header;
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}
