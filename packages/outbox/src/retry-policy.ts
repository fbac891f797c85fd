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

const SHORTEST_POSTPONEMENT_MS = 1_000;
const LONGEST_POSTPONEMENT_MS = 15_000;

/**
 * Returns the delay for a message whose partition or topic accepts none at present. The delay grows
 * with the message's age instead of a failure count, because the message is not at fault. The cap
 * is low, so the message is published soon after the partition has a leader again.
 */
export function postponementMs(ageMs: number, random: number): number {
  const ceiling = Math.min(Math.max(ageMs / 2, SHORTEST_POSTPONEMENT_MS), LONGEST_POSTPONEMENT_MS);
  return Math.round((ceiling / 2) * (1 + random));
}
