// A migrated order database of a test file's own, and the service's two servers on it.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectOrderDatabase, migrateOrderDatabase, type OrderDatabase } from '@lmt/prisma-order';
import { provision } from '@lmt/prisma-postgres';
import {
  createApp,
  createInternalApp,
  createLogger,
  createMetrics,
  createProgress,
  type Logger,
  listen,
  signBody,
} from '@lmt/service-kit';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { inject } from 'vitest';
import { answerError } from './answer-error.js';
import { cancelDiscarded } from './cancel-discarded.js';
import { createCancelQueue } from './cancel-queue.js';
import { cancelRoutes } from './cancel-routes.js';
import type { OnDiscarded } from './dead-letter-decisions.js';
import { deadLetterRoutes } from './dead-letter-routes.js';
import { createOrderQueue } from './group-commit.js';
import { messageRoutes } from './message-routes.js';
import { orderRoutes } from './order-routes.js';
import type { NewOrder } from './place-orders.js';
import { createProgressReport } from './report-progress.js';
import { resultRoutes } from './result-routes.js';

// Roles belong to the cluster: every test file gives them the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test' };

export interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly reject_reason: string | null;
  readonly idempotency_key: string | null;
  readonly message_id: string;
  /** The transaction that wrote this version: unchanged means that nothing was written. */
  readonly version: string;
}

export interface MessageRow {
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

/** All that the service keeps. */
export interface Snapshot {
  readonly orders: readonly OrderRow[];
  readonly items: readonly { order_id: string; sku: string; quantity: number }[];
  readonly messages: readonly MessageRow[];
}

export interface TestDatabase {
  /** The superuser in this database: for set-up and for looking, never for the work that is tested. */
  readonly admin: pg.Pool;
  /** A process of the service: each its own pool. */
  connect(sessionSettings?: Readonly<Record<string, string>>): OrderDatabase;
  /** A process whose database can't be reached. */
  connectToNothing(): OrderDatabase;
  snapshot(): Promise<Snapshot>;
  /** Orders without message, messages without order, orders without lines. */
  orphans(): Promise<unknown[]>;
  /** Lets what writes a row of the table fail, at the statement or only at the commit. */
  injectFailure(table: string, event: 'INSERT' | 'UPDATE', when: 'statement' | 'commit'): Promise<void>;
  withdrawFailure(): Promise<void>;
  /** Waits until that many sessions of the service wait for a lock, and returns their process ids. */
  untilWaiting(sessions: number): Promise<number[]>;
  /** Runs a statement in a transaction of its own and keeps it open until it is let go: a roll-back. */
  lock(statement: string): Promise<{ letGo(): Promise<void> }>;
  /**
   * Runs `start` while `lock` is held by another transaction, which is rolled back when `waiting`
   * sessions wait for locks: what they hold by then, and in which order they took it, decides
   * whether they deadlock.
   */
  whileLocked<T>(lock: string, waiting: number, start: () => Promise<T>): Promise<T>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

function adminUrlOf(database: string): string {
  const url = new URL(inject('adminUrl'));
  url.pathname = new URL(database).pathname;
  return url.href;
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const suffix = randomUUID().slice(0, 8);
  const urls = await provision({
    adminUrl: inject('adminUrl'),
    passwords,
    databases: { order: `orders_order_${suffix}`, inventory: `orders_inventory_${suffix}` },
  });
  await migrateOrderDatabase(urls.owner.order);
  const admin = new pg.Pool({ connectionString: adminUrlOf(urls.owner.order), max: 5 });
  admin.on('error', () => {});
  const clients: OrderDatabase[] = [];

  function connectTo(url: string, sessionSettings: Readonly<Record<string, string>> = {}) {
    const patience = { connectTimeoutMs: 30_000, onConnectionError: () => {} };
    const options = { applicationName: 'lmt-order', poolSize: 8, ...patience };
    const client = connectOrderDatabase({ url, sessionSettings, ...options });
    clients.push(client);
    return client;
  }

  async function untilWaiting(sessions: number): Promise<number[]> {
    for (const deadline = performance.now() + 30_000; ; await delay(10)) {
      const { rows } = await admin.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'lmt-order' AND wait_event_type = 'Lock'`,
      );
      if (rows.length === sessions) return rows.map(({ pid }) => pid);
      if (performance.now() > deadline) throw new Error(`${rows.length} sessions wait, not ${sessions}`);
    }
  }

  async function lock(statement: string) {
    const locker = new pg.Client({ connectionString: adminUrlOf(urls.owner.order) });
    await locker.connect();
    await locker.query('BEGIN');
    await locker.query(statement);
    let gone: Promise<void> | undefined;
    return {
      letGo: () => {
        gone ??= locker.end();
        return gone;
      },
    };
  }

  return {
    admin,
    connect: (sessionSettings) => connectTo(urls.order, sessionSettings),
    // Port 1 is no database anywhere.
    connectToNothing: () => connectTo('postgresql://nobody:x@127.0.0.1:1/nothing'),
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
    untilWaiting,
    lock,
    async whileLocked(statement, waiting, start) {
      const locked = await lock(statement);
      try {
        const started = start();
        started.catch(() => {});
        await untilWaiting(waiting);
        await locked.letGo();
        return await started;
      } finally {
        await locked.letGo();
      }
    },
    async empty() {
      await admin.query('TRUNCATE outbox_messages, order_items, orders');
    },
    async close() {
      await Promise.all([admin.end(), ...clients.map((client) => client.$disconnect())]);
    },
  };
}

/** An order as a client asked for it; with a key, its hash is that of `body`. */
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
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  readonly body: any;
}

export interface ServedOrders {
  readonly log: readonly Record<string, unknown>[];
  /** The public port. */
  ask(path: string, init?: RequestInit): Promise<Answer>;
  place(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  cancel(id: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The internal port. */
  askInternal(path: string, init?: RequestInit): Promise<Answer>;
  /** What operators do on the internal port: a GET, or with a body a POST. */
  operate(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts results, signed unless other headers are given. */
  report(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The line that main.ts has written every few seconds. */
  reportProgress(): Promise<void>;
  close(): Promise<void>;
}

export const signed = (body: string, timestamp = Math.floor(Date.now() / 1_000), secret = SECRET) => ({
  ...signBody(secret, { id: 'delivery-1', timestamp, body }),
});

/** A process of the service: its routes as main.ts has them, on free ports. */
export async function serveOrders(
  database: OrderDatabase,
  onDiscarded: OnDiscarded = cancelDiscarded({ newId: uuidv7 }),
): Promise<ServedOrders> {
  const { logger, lines } = recordLog();
  const queue = createOrderQueue(database, logger, createProgress({ what: 'placing' }));
  const cancelQueue = createCancelQueue(database, createProgress({ what: 'cancelling' }), { newId: uuidv7 });
  const progress = createProgressReport(database, logger);
  const apps = [
    createApp({
      logger,
      bodyLimitBytes: 64 * 1024,
      classifyError: answerError,
      routes: (router) => {
        orderRoutes(router, { database, queue, logger, newId: uuidv7 });
        cancelRoutes(router, { cancelQueue, logger });
      },
    }),
    createInternalApp({
      logger,
      bodyLimitBytes: 2 * 1024 * 1024,
      classifyError: answerError,
      metrics: createMetrics('order'),
      checks: {},
      routes: (router) => {
        const metrics = createMetrics('results');
        const onChanged = progress.changed;
        resultRoutes(router, { database, secrets: [SECRET], logger, metrics, onChanged });
        deadLetterRoutes(router, { database, adminToken: TOKEN, logger, onDiscarded });
        messageRoutes(router, { database, adminToken: TOKEN });
      },
    }),
  ];
  const [open, internal] = await Promise.all(
    apps.map((app) => listen(app, { host: '127.0.0.1', port: 0, logger })),
  );

  async function ask(url: string | undefined, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, init);
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
    reportProgress: progress.report,
    async close() {
      await Promise.all([open?.close(0), internal?.close(0)]);
    },
  };
}
