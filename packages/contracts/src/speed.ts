import { z } from 'zod';

/**
 * The stages of a message from its commit to COMPLETED.
 * - `claim`: until a relay claims the message.
 * - `publish`: until the broker has acknowledged it.
 * - `deliver`: until it reaches the consumer.
 * - `process`: until the consumer has its result.
 * - `report`: until the consumer sends the result.
 * - `complete`: until the order service has applied the result.
 */
export type Stage = 'claim' | 'publish' | 'deliver' | 'process' | 'report' | 'complete';

const expected = 'expected a whole number from 1 to 60';

/** Query of the operators' `GET /messages/speed`. */
export const speedQuery = z.strictObject({
  minutes: z
    .string()
    .regex(/^[0-9]{1,2}$/, { error: expected })
    .transform(Number)
    .refine((minutes) => minutes >= 1 && minutes <= 60, { error: expected })
    .default(5),
});

/** Durations in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Response of `GET /messages/speed`: the durations of COMPLETED messages, from a sample. */
export interface SpeedView {
  readonly from: string;
  readonly to: string;
  readonly bucketSeconds: number;
  /** In the order of `Stage`. A stage for which no message has both times is left out. */
  readonly stages: readonly (Percentiles & { readonly stage: Stage })[];
  /** From the commit to COMPLETED. Null without messages. */
  readonly total: Percentiles | null;
  /** Number of messages in the sample. */
  readonly messages: number;
  /** 60 buckets by the time of completion, oldest first. The last one is still open. */
  readonly buckets: readonly {
    readonly at: string;
    /** Number of messages in the sample, at most 50. */
    readonly messages: number;
    /** Null without messages. */
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  }[];
}
