// The HTTP client of the order service that tests and tools share.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlacedOrder, PlaceOrderRequest } from '@lmt/contracts';
import { Agent, request } from 'undici';

const CONNECTIONS = 32;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface OrderClientOptions {
  /** The base URL of the order service. A function picks an instance for each request. */
  readonly orderUrl: string | (() => string);
  readonly timeoutMs?: number;
  /** Called after every attempt. `answer` is null if no answer arrived. */
  readonly onAnswer?: (path: string, answer: Answer | null) => void;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export function createOrderClient({ orderUrl, timeoutMs = 15_000, onAnswer = () => {} }: OrderClientOptions) {
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    connect: { timeout: 2_000 },
    keepAliveTimeout: 2_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  /** Sends one request. Rejects if no answer arrives. */
  async function post(path: string, body: unknown, { headers, idempotencyKey, signal }: PostOptions = {}) {
    let answer: Answer | null = null;
    try {
      const baseUrl = typeof orderUrl === 'string' ? orderUrl : orderUrl();
      const response = await request(baseUrl + path, {
        dispatcher,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey, ...headers },
        body: JSON.stringify(body),
        signal: signal ?? null,
      });
      const text = await response.body.text();
      answer = { status: response.statusCode, headers: response.headers, text };
      return answer;
    } finally {
      onAnswer(path, answer);
    }
  }

  /** Backs off and retries until the answer is not a 5xx, or `signal` aborts. */
  async function postUntilAnswered(path: string, body: unknown, options: PostOptions = {}): Promise<Answer> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      options.signal?.throwIfAborted();
      const answer = await post(path, body, options).catch(() => null);
      if (answer && answer.status < 500) return answer;
      await sleep(waitMs, undefined, { signal: options.signal });
    }
  }

  return {
    post,
    postUntilAnswered,
    /** Retries with the same Idempotency-Key. Rejects if the order is not accepted. */
    async placeOrder(order: PlaceOrderRequest, options: PostOptions = {}): Promise<PlacedOrder> {
      const { status, text } = await postUntilAnswered('/orders', order, {
        idempotencyKey: randomUUID(),
        ...options,
      });
      if (status !== 201) throw new Error(`POST /orders: ${status} ${text.slice(0, 500)}`);
      return JSON.parse(text);
    },
    close: () => dispatcher.destroy(),
  };
}
