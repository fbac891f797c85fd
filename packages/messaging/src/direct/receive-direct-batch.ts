import type { Logger, MessageHandler } from '../port.js';
import { readEventJson } from './event-json.js';

interface DirectAnswer {
  readonly status: number;
  readonly body: object;
}

/** The publisher keeps this limit. A larger batch gets 413, and its sender must split it. */
export const MAX_BATCH_EVENTS = 1_000;

/**
 * Answers `POST /internal/messages`. The caller must have checked the signature. 200 means that the
 * effect of each accepted message is committed. An error acknowledges nothing, so the sender
 * resends the whole batch. After a crash before the answer, the batch is delivered twice.
 */
export async function receiveDirectBatch(
  body: unknown,
  handler: MessageHandler,
  logger?: Logger,
): Promise<DirectAnswer> {
  if (!Array.isArray(body))
    return problem(400, 'Not a batch', 'the body must be a JSON array of CloudEvents');
  if (body.length > MAX_BATCH_EVENTS) {
    return problem(413, 'Batch too large', `${body.length} events; the limit is ${MAX_BATCH_EVENTS}`);
  }
  const messages = body.map(readEventJson);
  if (messages.length === 0) return { status: 200, body: { results: [] } };
  try {
    const reasons = new Map((await handler(messages)).map(({ message, reason }) => [message, reason]));
    const results = messages.map((message) => {
      const reason = reasons.get(message);
      return { id: message.id, status: reason === undefined ? 'accepted' : 'rejected', reason };
    });
    return { status: 200, body: { results } };
  } catch (error) {
    logger?.warn({ err: error, messages: messages.length }, 'direct batch failed; the sender retries it');
    return problem(503, 'Batch not processed', 'no message was acknowledged; send the batch again');
  }
}

/** Body of an RFC 9457 error, served as application/problem+json. */
function problem(status: number, title: string, detail: string): DirectAnswer {
  return { status, body: { type: 'about:blank', title, status, detail } };
}
