import { Agent, request } from 'undici';
import type { PublishOutcome } from '../port.js';
import { BATCH_CONTENT_TYPE, parseObject } from './event-json.js';

export type BatchAnswer =
  | { readonly kind: 'answered'; readonly outcomes: readonly (readonly [DirectEvent, PublishOutcome])[] }
  | { readonly kind: 'too-large' | 'unavailable'; readonly reason: string };

export interface DirectEvent {
  readonly id: string;
  readonly key: string;
  readonly json: string;
}

export interface DirectEndpoint {
  /** The receiver's `/internal/messages`. */
  readonly url: string;
  /** Returns the headers that sign the request body. */
  readonly sign: (body: Buffer) => Record<string, string>;
}

export const createAgent = (timeoutMs: number) =>
  new Agent({
    connections: 2,
    connect: { timeout: Math.min(timeoutMs, 3_000) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: 10_000_000,
  });

const CHECK_SECRET = ': check that both sides share the secret, and their clocks';
const CHECK_URL = ': check the URL and that the receiver accepts direct messages';
const HINTS: Record<number, string> = {
  401: CHECK_SECRET,
  403: CHECK_SECRET,
  404: CHECK_URL,
  405: CHECK_URL,
};

/** Posts a batch. Never throws. A batch whose answer is lost is `unavailable`, to be retried. */
export async function postBatch(
  { url, sign, agent }: DirectEndpoint & { readonly agent: Agent },
  events: readonly DirectEvent[],
  signal: AbortSignal,
): Promise<BatchAnswer> {
  const body = Buffer.from(`[${events.map(({ json }) => json).join(',')}]`);
  try {
    const response = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal,
      headers: { ...sign(body), 'content-type': BATCH_CONTENT_TYPE, accept: 'application/json' },
      body,
    });
    const text = await response.body.text();
    const status = response.statusCode;
    if (status === 200) return readResults(text, events);
    if (status === 413) return { kind: 'too-large', reason: `${url} rejects a request of this size` };
    return { kind: 'unavailable', reason: `${url} answered ${status}${HINTS[status] ?? ''}` };
  } catch (error) {
    const reason = signal.aborted ? 'no answer in time' : describeError(error);
    return { kind: 'unavailable', reason: `${url}: ${reason}` };
  }
}

function readResults(text: string, events: readonly DirectEvent[]): BatchAnswer {
  const { results }: { readonly results?: unknown } = parseObject(text);
  if (!Array.isArray(results) || results.length !== events.length) {
    return { kind: 'unavailable', reason: 'the answer does not come from a message receiver: check the URL' };
  }
  return { kind: 'answered', outcomes: events.map((event, at) => [event, toOutcome(event, results[at])]) };
}

function toOutcome({ id }: DirectEvent, result: unknown): PublishOutcome {
  const { id: answered, status, reason } = (result ?? {}) as Record<string, unknown>;
  if (answered === id && status === 'accepted') return { status: 'acknowledged' };
  if (answered === id && status === 'rejected') {
    return { status: 'rejected', reason: typeof reason === 'string' ? reason : 'no reason given' };
  }
  return { status: 'failed', reason: `the receiver answered ${JSON.stringify(result)}`.slice(0, 200) };
}

function describeError(error: unknown): string {
  // If a host name has several addresses, Node throws an AggregateError with a code but no message.
  const { message, code } = (error ?? {}) as { message?: string; code?: string };
  return message || code || String(error);
}
