/**
 * Returns how far the server's clock is ahead of this one, in milliseconds. The header `Date` has
 * whole seconds, so a difference that these and the time of the request explain counts as none.
 */
export function measureOffset(header: string | null, sentAt: number, receivedAt: number): number {
  const date = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(date)) return 0;
  if (date + 1_000 < sentAt) return date + 1_000 - sentAt;
  return date > receivedAt ? date - receivedAt : 0;
}

let offset = 0;

/** Records the clock of the server that sent an answer. */
export function noteServerTime(header: string | null, sentAt: number): void {
  offset = measureOffset(header, sentAt, Date.now());
}

/** The present time by the server's clock. Times of the services are compared with it. */
export function serverNow(): number {
  return Date.now() + offset;
}
