import type { Logger } from '../logger.js';
import type { MessageHandler } from '../port.js';
import { readEventJson } from './event-json.js';

/** One answer an event, in their order. */
export interface DirectResult {
  readonly id: string | null;
  readonly status: 'accepted' | 'rejected';
  readonly reason?: string;
}

export interface DirectAnswer {
  readonly status: number;
  readonly body: object;
}

/** More in one request than a sender of this package puts there: it halves the batch and comes again. */
export const maxBatchEvents = 1000;

/**
 * What a service answers to `POST /internal/messages`, once it has checked the signature. 200 means
 * that each accepted message is in effect; an error that nothing is acknowledged and all of it comes
 * again. A crash before the answer is out has the batch delivered twice.
 */
export async function receiveDirectBatch(
  body: unknown,
  handler: MessageHandler,
  logger?: Logger,
): Promise<DirectAnswer> {
  if (!Array.isArray(body))
    return problem(400, 'Not a batch', 'the body must be a JSON array of CloudEvents');
  if (body.length > maxBatchEvents) {
    return problem(413, 'Batch too large', `${body.length} events, at most ${maxBatchEvents} are taken`);
  }
  const messages = body.map(readEventJson);
  if (messages.length === 0) return { status: 200, body: { results: [] } };
  try {
    const reasons = new Map((await handler(messages)).map(({ message, reason }) => [message, reason]));
    const results = messages.map((message): DirectResult => {
      const reason = reasons.get(message);
      if (reason === undefined) return { id: message.id, status: 'accepted' };
      return { id: message.id, status: 'rejected', reason };
    });
    return { status: 200, body: { results } };
  } catch (error) {
    logger?.warn(
      { err: error, messages: messages.length },
      'a direct batch failed; its sender sends it again',
    );
    return problem(503, 'Batch not processed', 'nothing of it is acknowledged, send it again');
  }
}

/** RFC 9457; serve it as application/problem+json. */
function problem(status: number, title: string, detail: string): DirectAnswer {
  return { status, body: { type: 'about:blank', title, status, detail } };
}
