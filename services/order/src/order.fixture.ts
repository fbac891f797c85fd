// Test fixture: a migrated order database for one test file, and both HTTP servers of the service.

import { createCheckedFetch } from '@lmt/api/check';
import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import {
  connectOrderDatabase,
  databaseFailure,
  databaseReason,
  migrateOrderDatabase,
  type OrderDatabase,
} from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import {
  createApp,
  createLogger,
  createMetrics,
  databaseProblem,
  type Logger,
  listen,
  signBody,
} from '@lmt/service-kit';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import { createCancelQueue } from './cancellation/cancel-queue.js';
import { ANSWER_MS, INTERNAL_SESSION_SETTINGS, SESSION_SETTINGS } from './database.js';
import {
  internalApi,
  internalRoutes,
  ORDER_LIMIT_BYTES,
  publicApi,
  publicRoutes,
  RESULTS_LIMIT_BYTES,
} from './http.js';
import type { NewOrder } from './orders/place-orders.js';
import { createPlaceQueue } from './orders/place-queue.js';
import { createProgressLog } from './results/progress-log.js';

export interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly reject_reason: string | null;
  readonly idempotency_key: string | null;
  readonly message_id: string;
  /** Id of the transaction that wrote this row version. It changes with every write. */
  readonly version: string;
}

interface MessageRow {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly status: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly last_error: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly result: unknown;
  readonly history: readonly Readonly<Record<string, unknown>>[];
  readonly version: string;
}

/** All rows of the service's tables. */
interface Snapshot {
  readonly orders: readonly OrderRow[];
  readonly items: readonly { order_id: string; sku: string; quantity: number }[];
  readonly messages: readonly MessageRow[];
}

export interface OrderTestDatabase extends Omit<TestDatabase<OrderDatabase>, 'connect'> {
  /** Opens the pool of one service process for Prisma. */
  connect(sessionSettings?: Readonly<Record<string, string>>): OrderDatabase;
  /** Opens its pool for plain SQL, which serves the internal port. */
  connectSql(sessionSettings?: Readonly<Record<string, string>>): SqlClient;
  snapshot(): Promise<Snapshot>;
  /** Finds orders without a message, messages without an order, and orders without items. */
  orphans(): Promise<unknown[]>;
  /** Makes every write to the table fail, either at the statement or at the commit. */
  injectFailure(table: string, event: 'INSERT' | 'UPDATE', when: 'statement' | 'commit'): Promise<void>;
  withdrawFailure(): Promise<void>;
  empty(): Promise<void>;
}

export async function createOrderTestDatabase(
  migrate: (ownerUrl: string) => Promise<unknown> = migrateOrderDatabase,
): Promise<OrderTestDatabase> {
  const test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'orders',
    side: 'order',
    migrate,
    connect: connectOrderDatabase,
  });
  const { admin, urls } = test;
  const toOptions = (sessionSettings: Readonly<Record<string, string>> = {}) => ({
    applicationName: 'lmt-order',
    poolSize: 8,
    sessionSettings: { ...SESSION_SETTINGS, ...sessionSettings },
  });
  const clients: SqlClient[] = [];

  return {
    ...test,
    connect: (sessionSettings) => test.connect(urls.order, toOptions(sessionSettings)),
    connectSql(sessionSettings) {
      const options = toOptions({ ...INTERNAL_SESSION_SETTINGS, ...sessionSettings });
      const client = createSql(openPool({ ...options, url: urls.order, onConnectionError: () => {} }));
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await test.close();
    },
    async snapshot() {
      const [orders, items, messages] = await Promise.all([
        admin.query<OrderRow>('SELECT *, xmin::text AS version FROM orders ORDER BY id'),
        admin.query('SELECT order_id, sku, quantity FROM order_items ORDER BY order_id, position'),
        admin.query<MessageRow>('SELECT *, xmin::text AS version FROM outbox_messages ORDER BY seq'),
      ]);
      return { orders: orders.rows, items: items.rows, messages: messages.rows };
    },
    async orphans() {
      const { rows } = await admin.query(`
        SELECT o.id AS "order", m.id AS message FROM orders o
        FULL JOIN outbox_messages m ON m.id = o.message_id AND m.key = o.id::text
        WHERE o.id IS NULL OR m.id IS NULL
        UNION ALL
        SELECT o.id, NULL FROM orders o WHERE NOT EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id)`);
      return rows;
    },
    async injectFailure(table, event, when) {
      const trigger =
        when === 'commit'
          ? `CONSTRAINT TRIGGER injected AFTER ${event} ON ${table} DEFERRABLE INITIALLY DEFERRED`
          : `TRIGGER injected BEFORE ${event} ON ${table}`;
      await admin.query(`
        CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'injected'; END $$;
        CREATE ${trigger} FOR EACH ROW EXECUTE FUNCTION injected()`);
    },
    async withdrawFailure() {
      await admin.query('DROP FUNCTION IF EXISTS injected() CASCADE');
    },
    async empty() {
      await admin.query('TRUNCATE operator_actions, outbox_messages, order_items, orders');
    },
  };
}

/** Makes a client's order. If `key` is given, `body` is its request hash. */
export function anOrder(fields: Partial<NewOrder> & { key?: string; body?: string } = {}): NewOrder {
  const { key, body = 'body', ...given } = fields;
  return {
    id: uuidv7(),
    messageId: uuidv7(),
    customerId: 'ada',
    items: [
      { sku: 'MOUSE', quantity: 1 },
      { sku: 'KEYBOARD', quantity: 2 },
    ],
    idempotency: key === undefined ? null : { key, requestHash: body },
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    ...given,
  };
}

export function recordLog() {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  const logger: Logger = createLogger({ service: 'test', level: 'debug', format: 'json', stream });
  return { logger, lines: lines as readonly Record<string, unknown>[] };
}

export const SECRET = 'a callback secret of more than 32 characters';
export const TOKEN = 'an-operator-token-of-more-than-32-characters';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON the server sends
  readonly body: any;
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
  /** Writes the progress line that main.ts writes every ten seconds. */
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
