import { randomUUID } from 'node:crypto';
import type { MessageResult, MessageResultsResponse } from '@lmt/contracts';
import { failPoint } from '@lmt/resilience';
import { type Secrets, signBody } from '@lmt/service-kit';
import { Agent, request } from 'undici';

export type ResultAnswers = MessageResultsResponse['results'];

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1_000_000;

// The order service rejects the body and would reject it again. Other rejections (401, 404) are
// caused by wrong settings or clocks.
const BAD_BODY = new Set([400, 413, 422]);
// An unexpected error. A result may be the cause, but the error does not prove it.
const INTERNAL_ERROR = 500;
const LONGEST_RETRY_AFTER_SECONDS = 30;

/** The request was rejected. One result may be the cause, so the others may succeed without it. */
export class DeliveryRejected extends Error {
  /** Whether the order service would reject the same results again. */
  readonly permanent: boolean;

  constructor(message: string, permanent: boolean) {
    super(message);
    this.permanent = permanent;
  }
}

/** The order service or a proxy requests a pause. No result is the cause. */
export class DeliveryPostponed extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Reads a number of seconds. Returns null for any other value, such as a date. */
function readRetryAfter(header: string | string[] | undefined): number | null {
  if (typeof header !== 'string' || !/^[0-9]{1,9}$/.test(header)) return null;
  return Math.min(Number(header), LONGEST_RETRY_AFTER_SECONDS) * 1_000;
}

function readAnswers(text: string): ResultAnswers {
  try {
    const { results } = JSON.parse(text) as MessageResultsResponse;
    if (Array.isArray(results)) return results;
  } catch {
    // Not JSON: handled below.
  }
  throw new Error('the answer is not from an order service: check CALLBACK_URL');
}

/** Creates a client of the order service at `url`. It signs requests with the first secret. */
export function createResultPost(url: string, secrets: Secrets) {
  const agent = new Agent({
    keepAliveTimeout: 30_000,
    connectTimeout: 3_000,
    maxResponseSize: MAX_ANSWER_BYTES,
  });

  return {
    /**
     * Sends one signed request with its time, `sentAt`. Resolves with the order service's answer to
     * each result.
     * @throws DeliveryRejected if a result may be the cause, DeliveryPostponed or any other error
     * for an outage
     */
    async post(results: readonly MessageResult[]): Promise<ResultAnswers> {
      await failPoint('inventory.afterCommitBeforeCallback');
      const sentAt = new Date();
      const body = JSON.stringify({ sentAt, results });
      const timestamp = Math.floor(sentAt.getTime() / 1_000);
      const signature = signBody(secrets[0], { id: randomUUID(), timestamp, body });
      const answer = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signature },
        body,
        // Bounds the whole request. The agent's own time-outs restart with each byte received.
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200) return readAnswers(text);
      const message = `${url} answered ${answer.statusCode}: ${text.slice(0, 300)}`;
      if (BAD_BODY.has(answer.statusCode)) throw new DeliveryRejected(message, true);
      if (answer.statusCode === INTERNAL_ERROR) throw new DeliveryRejected(message, false);
      const retryAfterMs = readRetryAfter(answer.headers['retry-after']);
      throw retryAfterMs === null ? new Error(message) : new DeliveryPostponed(message, retryAfterMs);
    },
    async close(): Promise<void> {
      if (!agent.closed) await agent.close();
    },
  };
}
