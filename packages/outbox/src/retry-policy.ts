import { type Backoff, backoffMs } from '@lmt/resilience';

/**
 * All times are in milliseconds. The back-off never exceeds `capMs`. Retries never end, however
 * long an outage lasts.
 */
export interface RetryPolicy extends Backoff {
  /** How long the consumer's result may take before the message is republished. */
  readonly resultDeadlineMs: number;
}

/**
 * Returns how long after its `attempt`-th publication a message without a result is republished.
 * After the first it is the result deadline alone. Each repetition adds a growing back-off.
 */
export function nextAttemptInMs(policy: RetryPolicy, attempt: number, random: number): number {
  if (attempt <= 1) return policy.resultDeadlineMs;
  return policy.resultDeadlineMs + backoffMs(policy, attempt - 1, random);
}
