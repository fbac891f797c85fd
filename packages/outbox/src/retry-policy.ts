import { type Backoff, backoffMs } from '@lmt/resilience';

/**
 * All in milliseconds. The back-off never exceeds `capMs`, so during an outage of days messages are
 * retried at that pace, without end.
 */
export interface RetryPolicy extends Backoff {
  /** How long the consumer's result may take before the message is republished. */
  readonly resultDeadlineMs: number;
}

/**
 * How long a message that was just published for the `attempt`-th time may stay without a result.
 * The first attempt gets the deadline alone; each repetition waits longer.
 */
export function nextAttemptInMs(policy: RetryPolicy, attempt: number, random: number): number {
  if (attempt <= 1) return policy.resultDeadlineMs;
  return policy.resultDeadlineMs + backoffMs(policy, attempt - 1, random);
}
