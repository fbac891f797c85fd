// Test fixture: both HTTP servers of the service, with requests checked against their contracts.

import { createCheckedFetch } from '@lmt/api/check';
import type { SqlClient } from '@lmt/postgres';
import { databaseFailure, databaseReason, type OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { createApp, createMetrics, databaseProblem, listen, signBody } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { createCancelQueue } from './cancellation/cancel-queue.js';
import { ANSWER_MS } from './database.js';
import {
  internalApi,
  internalRoutes,
  ORDER_LIMIT_BYTES,
  publicApi,
  publicRoutes,
  RESULTS_LIMIT_BYTES,
} from './http.js';
import { createPlaceQueue } from './orders/place-queue.js';
import { createProgressLog } from './results/progress-log.js';

export const SECRET = 'a callback secret of more than 32 characters';
export const TOKEN = 'an-operator-token-of-more-than-32-characters';

/**
 * The fields that tests read by name. An answer has only those of its route or of a problem. The
 * check against its contract covers their types.
 */
export interface AnswerBody {
  readonly id: string;
  readonly customerId: string;
  readonly status: string;
  readonly createdAt: string;
  readonly messageId: string;
  readonly messages: readonly { readonly id: string }[];
  readonly history: readonly { readonly by?: string }[];
  readonly items: readonly Pick<AnswerBody, 'id' | 'status' | 'messageId'>[];
  readonly nextCursor: string | null;
  readonly results: readonly { readonly status: string }[];
  readonly detail: string;
  readonly errors: readonly { readonly path: string }[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: AnswerBody;
}

export interface ServedOrders {
  readonly log: readonly Record<string, unknown>[];
  /** Sends a request to the public port. */
  ask(path: string, init?: RequestInit): Promise<Answer>;
  place(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  cancel(id: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a request to the internal port. */
  askInternal(path: string, init?: RequestInit): Promise<Answer>;
  /** Sends an operator's request to the internal port: a POST with `body`, otherwise a GET. */
  operate(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts results, signed unless `headers` are given. */
  report(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Writes the progress line, as `start` of the progress log does. */
  logProgress(): Promise<void>;
  /** The body of /metrics. */
  readMetrics(): Promise<string>;
  close(): Promise<void>;
}

export const signed = (body: string, timestamp = Math.floor(Date.now() / 1_000), secret = SECRET) => ({
  ...signBody(secret, { id: 'delivery-1', timestamp, body }),
});

/** Serves the routes of http.ts on free ports, like one process of the service. */
export async function serveOrders(
  database: OrderDatabase,
  { answerMs = ANSWER_MS, sql = database as SqlClient } = {},
): Promise<ServedOrders> {
  const { logger, lines } = recordLog();
  const placing = createStallDetector({ activity: 'placing' });
  const placeQueue = createPlaceQueue(database, logger, placing, { answerMs });
  const cancelQueue = createCancelQueue(database, createStallDetector({ activity: 'cancelling' }));
  const progressLog = createProgressLog(sql, logger);
  const metrics = createMetrics('order');
  const internalOptions = {
    database: sql,
    countPool: sql,
    secrets: [SECRET] as const,
    operators: [{ name: 'operator', token: TOKEN }],
    progressLog,
    logger,
    metrics,
  };
  const mapError = (error: unknown) => databaseProblem(databaseFailure(error), databaseReason(error));
  const apps = [
    createApp({
      logger,
      bodyLimitBytes: ORDER_LIMIT_BYTES,
      mapError,
      routes: (router) => publicRoutes(router, { readPool: database, placeQueue, cancelQueue, logger }),
    }),
    createApp({
      logger,
      bodyLimitBytes: RESULTS_LIMIT_BYTES,
      deferBodies: true,
      mapError,
      routes: (router) => internalRoutes(router, internalOptions),
    }),
  ];
  const [open, internal] = await Promise.all(apps.map((app) => listen(app, { host: '127.0.0.1', port: 0 })));

  const checked = { open: createCheckedFetch(publicApi), internal: createCheckedFetch(internalApi) };
  async function ask(url: string | undefined, path: string, init: RequestInit = {}): Promise<Answer> {
    const send = url === open?.url ? checked.open : checked.internal;
    const response = await send(url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : null,
    };
  }
  const post = (body: unknown, headers: Record<string, string>) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

  return {
    log: lines,
    ask: (path, init) => ask(open?.url, path, init),
    place: (body, headers = {}) => ask(open?.url, '/orders', post(body, headers)),
    cancel: (id, body, headers = {}) =>
      ask(
        open?.url,
        `/orders/${id}/cancel`,
        body === undefined ? { method: 'POST', headers } : post(body, headers),
      ),
    askInternal: (path, init) => ask(internal?.url, path, init),
    operate(path, body, headers = {}) {
      const all = { authorization: `Bearer ${TOKEN}`, ...headers };
      return ask(internal?.url, path, body === undefined ? { headers: all } : post(body, all));
    },
    report(body, headers) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return ask(internal?.url, '/internal/message-results', post(text, headers ?? signed(text)));
    },
    logProgress: progressLog.write,
    readMetrics: () => metrics.registry.metrics(),
    async close() {
      await Promise.all([open?.close(0), internal?.close(0)]);
    },
  };
}
