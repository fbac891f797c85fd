import { z } from 'zod';
import { listOf, oneOf, time, view, wholeNumber } from './fields.js';

/**
 * The stages of a message from its commit to COMPLETED.
 * - `claim`: until a relay claims the message.
 * - `publish`: until the broker has acknowledged it.
 * - `deliver`: until it reaches the consumer.
 * - `process`: until the consumer has its result.
 * - `report`: until the consumer sends the result.
 * - `complete`: until the order service has applied the result.
 */
const STAGES = ['claim', 'publish', 'deliver', 'process', 'report', 'complete'] as const;
export type Stage = (typeof STAGES)[number];

const expected = 'expected a whole number from 1 to 60';

/** Query of the operators' `GET /messages/speed`. */
export const speedQuery = z.strictObject({
  minutes: z
    .string()
    .regex(/^[0-9]{1,2}$/, { error: expected })
    .transform(Number)
    .pipe(wholeNumber(1, 60))
    .default(5),
});

const percentiles = { p50: z.number(), p95: z.number(), p99: z.number() };

/** Durations in milliseconds. */
export type Percentiles = Readonly<Record<keyof typeof percentiles, number>>;

/** Response of `GET /messages/speed`: the durations of COMPLETED messages, from a sample. */
export const speedView = view({
  from: time,
  to: time,
  bucketSeconds: z.number(),
  stages: listOf(view({ stage: oneOf(STAGES), ...percentiles })).describe(
    'In the order of `Stage`. A stage for which no message has both times is left out.',
  ),
  total: view(percentiles).nullable().describe('From the commit to COMPLETED. Null without messages.'),
  messages: z.int().describe('Number of messages in the sample.'),
  buckets: listOf(
    view({
      at: time,
      messages: z.int().describe('Number of messages in the sample, at most 50.'),
      p50: z.number().nullable().describe('Null without messages.'),
      p95: z.number().nullable(),
      p99: z.number().nullable(),
    }),
  ).describe('60 buckets by the time of completion, oldest first. The last one is still open.'),
}).meta({ id: 'Speed' });
export type SpeedView = z.infer<typeof speedView>;
