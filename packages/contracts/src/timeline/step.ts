import type { Outcome } from '../message-results.js';

/** The clock that set a step's time. Two clocks may differ by minutes. */
export type TimelineClock = 'order database' | 'inventory' | 'inventory database';

/**
 * What a message waits for.
 * - `relay`: a relay publishes the message once it is due.
 * - `in-flight`: a relay is publishing the message. Its lease ends at `at`.
 * - `consumer`: the message is published. The inventory has not processed it, as far as is known.
 * - `result`: the inventory has processed the message. The order service does not have the result.
 * - `operator`: the message is DEAD.
 */
export type WaitingStage = 'relay' | 'in-flight' | 'consumer' | 'result' | 'operator';

interface Step<K extends string> {
  readonly kind: K;
  /**
   * ISO 8601, UTC. Of a pending step (`waiting`, `next-retry`) the time when it ends at the latest,
   * or null. Null also if the time of a past step was not recorded.
   */
  readonly at: string | null;
  readonly clock: TimelineClock;
  /**
   * Time since the step before, movements left out. 0 if the clocks of the two steps contradict
   * their order. Null for the first step, movements and pending steps, and if a time is missing.
   */
  readonly sincePreviousMs: number | null;
}

interface Attempt {
  /** Number of the publication, from 1. Attempts that the broker did not store are not counted. */
  readonly attempt: number;
}

interface Decision {
  /** Name of the operator. */
  readonly by: string;
  readonly reason: string | null;
}

/** One step of a message on its way through both services. */
export type TimelineStep =
  | Step<'written'>
  | (Step<'claimed'> & Attempt)
  | (Step<'published'> &
      Attempt & {
        /** `topic/partition@offset`. Null with the direct transport and for old publications. */
        readonly position: string | null;
        /**
         * Kafka has lost an earlier copy: it was acknowledged before this publication began, with an
         * offset of the same partition that is not lower. Offsets restart only in a new topic, or
         * after a loss of records at the end of the partition.
         */
        readonly earlierCopyLost?: true;
      })
  /**
   * The inventory has the message, but no relay has recorded a publication: another producer wrote a
   * record with this id, or a relay died before it recorded its publication.
   */
  | Step<'unrecorded'>
  /** A published message became due again, because no result had arrived since its publication. */
  | (Step<'deadline'> & { readonly sincePublishedMs: number })
  | (Step<'publish-failed'> & { readonly reason: string | null })
  /**
   * Retries that happened, but are not in the history, because it keeps the newest 50 entries. The
   * number is a lower bound.
   */
  | (Step<'gap'> & { readonly missing: number })
  | Step<'received'>
  | (Step<'processed'> & { readonly outcome: Outcome; readonly reason: string | null })
  /** Stock that the inventory moved in the transaction that processed the message. */
  | (Step<'movement'> & { readonly sku: string; readonly delta: number })
  | Step<'result-sent'>
  | Step<'completed'>
  | (Step<'died'> & { readonly reason: string | null })
  /** The consumer's result arrived while the message was DEAD, and completed it. */
  | (Step<'late-result'> & { readonly outcome: string | null })
  | (Step<'requeued'> & Decision)
  | (Step<'discarded'> & Decision)
  | (Step<'sent-now'> & Decision)
  | (Step<'waiting'> & { readonly stage: WaitingStage })
  /** `at` is null if the message is due now. `reason` is the last error of the publication. */
  | (Step<'next-retry'> & Attempt & { readonly reason: string | null });

/** Returns the fields that all steps have. `buildTimeline` measures the time between the steps. */
export function takenAt(time: string | null, clock: TimelineClock) {
  return { at: time === null ? null : new Date(time).toISOString(), clock, sincePreviousMs: null };
}
