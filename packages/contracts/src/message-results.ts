import { z } from 'zod';
import { text } from './text.js';
import { uuid } from './uuid.js';

export const MAX_RESULTS = 1_000;

/**
 * What became of a message at its consumer: SUCCEEDED (in effect), REJECTED (the business said no,
 * with the reason) or FAILED (the consumer gave up on the message itself).
 */
export const OUTCOMES = ['SUCCEEDED', 'REJECTED', 'FAILED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const messageResult = z.strictObject({
  messageId: uuid,
  orderId: uuid,
  outcome: z.enum(OUTCOMES, { error: `expected one of ${OUTCOMES.join(', ')}` }),
  reason: text({ max: 500 }).optional(),
  processedAt: z.iso.datetime({ error: 'expected a date and time such as 2026-01-31T12:00:00.000Z' }),
});
export type MessageResult = z.infer<typeof messageResult>;

/** Body of `POST /internal/message-results`. */
export const messageResultsRequest = z.strictObject({
  results: z
    .array(messageResult, { error: 'expected a list of results' })
    .min(1, { error: `expected 1 to ${MAX_RESULTS} results` })
    .max(MAX_RESULTS, { error: `expected 1 to ${MAX_RESULTS} results` }),
});

/**
 * What the order service did with a result. Each ends the sending of that result but `locked`: somebody
 * keeps the order or its message locked, and nothing was done.
 */
export interface MessageResultsResponse {
  readonly results: readonly {
    readonly messageId: string;
    readonly status: 'applied' | 'duplicate' | 'mismatch' | 'unknown' | 'locked';
  }[];
}
