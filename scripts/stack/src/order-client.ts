// The HTTP client of the order service: what tests and tools use to place, read and cancel orders.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderStatus, OrderView, Page, PlacedOrder, PlaceOrderRequest } from '@lmt/contracts';
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
  /** Called with every answer, including those that are retried; null when there was none. */
  readonly onAnswer?: (path: string, answer: Answer | null) => void;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OrdersQuery {
  readonly status?: OrderStatus;
  readonly customerId?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface OrderClient {
  /** One request. Rejects when it is not answered. */
  post(path: string, body: unknown, options?: PostOptions): Promise<Answer>;
  /** Retries lost and 5xx answers with back-off until there is another one, or until `signal` aborts. */
  postUntilAnswered(path: string, body: unknown, options?: PostOptions): Promise<Answer>;
  /** Retries with one Idempotency-Key, its own by default. Rejects when the order is not accepted. */
  placeOrder(order: PlaceOrderRequest, options?: PostOptions): Promise<PlacedOrder>;
  /** Retries. The answer is 200, 202 or 409. */
  cancelOrder(id: string, body?: { readonly reason?: string }, options?: PostOptions): Promise<Answer>;
  readOrder(id: string): Promise<OrderView>;
  listOrders(query?: OrdersQuery): Promise<Page<OrderView>>;
  close(): Promise<void>;
}

export function createOrderClient({
  orderUrl,
  timeoutMs = 15_000,
  onAnswer = () => {},
}: OrderClientOptions): OrderClient {
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    connect: { timeout: 2_000 },
    keepAliveTimeout: 2_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const toUrl = (path: string) => (typeof orderUrl === 'string' ? orderUrl : orderUrl()) + path;

  async function post(path: string, body: unknown, { headers, idempotencyKey, signal }: PostOptions = {}) {
    try {
      const answer = await request(toUrl(path), {
        dispatcher,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          ...headers,
        },
        body: JSON.stringify(body),
        ...(signal ? { signal } : {}),
      });
      const text = await answer.body.text();
      const received = { status: answer.statusCode, headers: answer.headers, text };
      onAnswer(path, received);
      return received;
    } catch (error) {
      onAnswer(path, null);
      throw error;
    }
  }

  async function postUntilAnswered(path: string, body: unknown, options: PostOptions = {}) {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      options.signal?.throwIfAborted();
      const answer = await post(path, body, options).catch(() => null);
      if (answer && answer.status < 500) return answer;
      await sleep(waitMs, undefined, options.signal ? { signal: options.signal } : {});
    }
  }

  async function get<T>(path: string): Promise<T> {
    const { statusCode, body } = await request(toUrl(path), { dispatcher });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`GET ${path}: ${statusCode} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }

  return {
    post,
    postUntilAnswered,
    async placeOrder(order, { idempotencyKey = randomUUID(), ...options } = {}) {
      const { status, text } = await postUntilAnswered('/orders', order, { idempotencyKey, ...options });
      if (status !== 201) throw new Error(`POST /orders: ${status} ${text.slice(0, 500)}`);
      return JSON.parse(text);
    },
    cancelOrder: (id, body = {}, options) => postUntilAnswered(`/orders/${id}/cancel`, body, options),
    readOrder: (id) => get(`/orders/${id}`),
    listOrders({ limit, ...query } = {}) {
      const parameters = new URLSearchParams({ ...query, ...(limit ? { limit: String(limit) } : {}) });
      return get(`/orders?${parameters}`);
    },
    close: () => dispatcher.destroy(),
  };
}
