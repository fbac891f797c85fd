import { z } from 'zod';
import { list, oneOf, reason, uuid } from './fields.js';

export const MAX_RESULTS = 1_000;

/**
 * Outcome of a message at its consumer. SUCCEEDED: the message took effect. REJECTED: a business
 * rule rejected the order, with a reason. FAILED: the consumer cannot process the message.
 */
const OUTCOMES = ['SUCCEEDED', 'REJECTED', 'FAILED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const messageResult = z.strictObject({
  messageId: uuid,
  orderId: uuid,
  outcome: oneOf(OUTCOMES),
  reason: reason.optional(),
  processedAt: z.iso.datetime({ error: 'expected a date and time such as 2026-01-31T12:00:00.000Z' }),
});
export type MessageResult = z.infer<typeof messageResult>;

/** Body of `POST /internal/message-results`. */
export const messageResultsRequest = z.strictObject({ results: list(messageResult, 'results', MAX_RESULTS) });

/**
 * Response of `POST /internal/message-results`. `locked` means that another transaction holds the
 * order or its message: nothing changed, and the consumer retries. Every other status is final.
 */
export interface MessageResultsResponse {
  readonly results: readonly {
    readonly messageId: string;
    readonly status: 'applied' | 'duplicate' | 'mismatch' | 'unknown' | 'locked';
  }[];
}
