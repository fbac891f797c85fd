import { z } from 'zod';
import { list, listOf, oneOf, reason, uuid, view } from './fields.js';

export const MAX_RESULTS = 1_000;

/**
 * Outcome of a message at its consumer. SUCCEEDED: the message took effect. REJECTED: a business
 * rule rejected the order, with a reason. FAILED: the consumer cannot process the message.
 */
const OUTCOMES = ['SUCCEEDED', 'REJECTED', 'FAILED'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const outcome = oneOf(OUTCOMES);

// For timelines only, so an unreadable time is dropped and its result still applies.
const observedTime = z.iso.datetime().optional().catch(undefined);

/** One result. Unknown fields are ignored, because the consumer may run a newer version. */
export const messageResult = z.object({
  messageId: uuid,
  orderId: uuid,
  outcome,
  reason: reason.optional(),
  /** W3C trace context of the consumer's span. */
  traceparent: z.string().max(55).optional().catch(undefined),
  /** When the message reached the consumer. */
  receivedAt: observedTime,
  processedAt: z.iso.datetime({ error: 'expected a date and time such as 2026-01-31T12:00:00.000Z' }),
});
export type MessageResult = z.infer<typeof messageResult>;

/**
 * Body of `POST /internal/message-results`. `readMessageResult` validates each result on its own.
 */
export const messageResultsRequest = z.object({
  results: list(z.unknown(), 'results', MAX_RESULTS),
  /** When the consumer sent the request. */
  sentAt: observedTime,
});

/**
 * Response of `POST /internal/message-results`, with one answer per result, in the order given.
 * - `locked`: another transaction holds the order or its message. Nothing changed. The consumer
 *   retries.
 * - `invalid`: the result cannot be read. Nothing changed. The consumer drops the result.
 * - `unsupported`: this order service does not know the outcome. Nothing changed. The relay
 *   republishes the message, and a newer order service reads the repeated result.
 *
 * The other statuses are final. Answers with `invalid` or `unsupported` have a reason. They have no
 * `messageId` if the result has none.
 */
export const messageResultsResponse = view({
  results: listOf(
    view({
      messageId: z.string().optional(),
      status: z.enum(['applied', 'duplicate', 'mismatch', 'unknown', 'locked', 'invalid', 'unsupported']),
      reason: z.string().optional(),
    }),
  ),
}).meta({ id: 'MessageResults' });
export type MessageResultsResponse = z.infer<typeof messageResultsResponse>;

/** A result that the order service cannot apply, as its answer states it. */
export interface UnreadableResult {
  readonly messageId?: string;
  readonly status: 'invalid' | 'unsupported';
  readonly reason: string;
}

// Longer ids are not repeated in the answer.
const LONGEST_ID = 100;

/** Validates one result, so that a bad result does not affect the others of its request. */
export function readMessageResult(value: unknown): MessageResult | UnreadableResult {
  const parsed = messageResult.safeParse(value);
  if (parsed.success) return parsed.data;
  const { messageId, outcome: given } = (value ?? {}) as { messageId?: unknown; outcome?: unknown };
  const isUnsupported = typeof given === 'string' && !OUTCOMES.some((known) => known === given);
  const fault =
    parsed.error.issues.find(({ path }) => isUnsupported && path[0] === 'outcome') ?? parsed.error.issues[0];
  return {
    ...(typeof messageId === 'string' && messageId.length <= LONGEST_ID ? { messageId } : {}),
    status: isUnsupported ? 'unsupported' : 'invalid',
    reason: [...(fault?.path ?? []), fault?.message].join(': '),
  };
}
