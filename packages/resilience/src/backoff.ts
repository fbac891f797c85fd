/** Bounds of an exponential back-off. */
export interface Backoff {
  /** Ceiling of the first delay. It doubles with each further failure. */
  readonly baseMs: number;
  /** Ceiling of every delay. */
  readonly capMs: number;
}

/**
 * Returns the delay after the `failures`-th consecutive failure. The upper half of the delay is
 * random ("equal jitter"), so that clients that failed together do not retry together.
 *
 * @param failures 1 or more
 * @param random in [0, 1)
 */
export function backoffMs({ baseMs, capMs }: Backoff, failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 52);
  const ceiling = Math.min(capMs, baseMs * 2 ** doublings);
  return Math.round((ceiling / 2) * (1 + random));
}
