/** All in milliseconds. */
export interface RetryPolicy {
  /** How long the consumer's result may take before the message is published again. */
  readonly resultDeadlineMs: number;
  /** First step of the back-off. */
  readonly baseMs: number;
  /** The back-off never exceeds this, so an outage of days is retried at this pace, for ever. */
  readonly capMs: number;
}

/**
 * Delay before try number `failures + 1`: doubles from `baseMs` to `capMs`, the upper half of it
 * random ("equal jitter"), so that what failed together does not come back together.
 * `random` is in [0, 1).
 */
export function backoffMs(policy: RetryPolicy, failures: number, random: number): number {
  const doublings = Math.min(Math.max(failures, 1) - 1, 52);
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** doublings);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/**
 * How long a message that has just been published for the `attempt`-th time may stay without a
 * result. The first time that is the deadline alone; each repetition waits longer.
 */
export function nextAttemptInMs(policy: RetryPolicy, attempt: number, random: number): number {
  if (attempt <= 1) return policy.resultDeadlineMs;
  return policy.resultDeadlineMs + backoffMs(policy, attempt - 1, random);
}
