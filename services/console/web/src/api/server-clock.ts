/** How far the server's clock is ahead of this one, at least and at most, in milliseconds. */
export interface OffsetRange {
  readonly least: number;
  readonly most: number;
}

/** Measures the offset by a header `Date`, which has whole seconds. Null if it cannot be read. */
export function measureOffset(header: string | null, sentAt: number, receivedAt: number): OffsetRange | null {
  const second = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(second)) return null;
  return { least: second - receivedAt, most: second + 1_000 - sentAt };
}

/** Narrows the range by another measurement. If they contradict, a clock was set: the new one counts. */
export function narrow(known: OffsetRange, measured: OffsetRange): OffsetRange {
  const least = Math.max(known.least, measured.least);
  const most = Math.min(known.most, measured.most);
  return least > most ? measured : { least, most };
}

/** The likeliest offset. Clocks that may be equal are taken as equal. */
export function chooseOffset({ least, most }: OffsetRange): number {
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2;
}

let range: OffsetRange = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/** Records the clock of the server that sent an answer. */
export function noteServerTime(header: string | null, sentAt: number): void {
  const measured = measureOffset(header, sentAt, Date.now());
  if (measured !== null) range = narrow(range, measured);
}

/** The present time by the server's clock. Times of the services are compared with it. */
export function serverNow(): number {
  return Date.now() + chooseOffset(range);
}
