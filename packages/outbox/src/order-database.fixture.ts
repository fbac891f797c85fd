// A migrated order database for one test file, with clients of the order service and the relay.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import { connectOrderDatabase, migrateOrderDatabase, type OrderDatabase } from '@lmt/prisma-order';
import { inject } from 'vitest';
import { type ClaimOptions, claimBatch, RELAY_SESSION_SETTINGS } from './claim-batch.js';
import { enqueueMany } from './enqueue.js';
import type { MessageStatus } from './lifecycle.js';
import type { NewMessage } from './message.js';
import type { PublicationTimes } from './record-outcomes.js';
import type { Sql } from './sql.js';

export interface MessageRow {
  readonly id: string;
  readonly seq: string;
  readonly key: string;
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly failures: number;
  readonly lease_token: string | null;
  readonly result: unknown;
  readonly last_error: string | null;
  readonly history: { at: string; event: string; [field: string]: unknown }[];
  readonly due_in_ms: number;
  readonly leased_for_ms: number | null;
}

export interface OutboxDatabase
  extends Pick<TestDatabase<OrderDatabase>, 'urls' | 'admin' | 'whileOpen' | 'untilWaiting' | 'close'> {
  readonly order: OrderDatabase;
  readonly relay: SqlClient;
  /** A client with a pool of its own, like another process of the order service. */
  connectOrder(settings?: Readonly<Record<string, string>>): OrderDatabase;
  /** A client with a pool of its own, like another process of the relay. */
  connectRelay(settings?: Readonly<Record<string, string>>): SqlClient;
  /** Enqueues messages in a transaction of the order service. */
  write(messages: readonly NewMessage[]): Promise<void>;
  /** All messages in the order of writing. */
  messages(): Promise<MessageRow[]>;
  message(id: string): Promise<MessageRow>;
  /** The number of messages per status, without empty statuses. */
  statuses(): Promise<Partial<Record<MessageStatus, number>>>;
  /** Makes all messages due, or those of one key. */
  makeDue(key?: string): Promise<void>;
  /** Makes all leases expire. */
  expireLeases(): Promise<void>;
  /** Like `TestDatabase.whileLocked`, with the row of a message locked. */
  whileLocked<T>(id: string, waiting: number, start: () => Promise<T>): Promise<T>;
  empty(): Promise<void>;
}

export async function createOutboxDatabase(): Promise<OutboxDatabase> {
  const test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'outbox',
    side: 'order',
    migrate: migrateOrderDatabase,
    connect: connectOrderDatabase,
  });
  const { admin, urls } = test;
  const relays: SqlClient[] = [];
  function connectRelay(settings: Readonly<Record<string, string>> = {}): SqlClient {
    const pool = openPool({
      url: urls.relay,
      applicationName: 'lmt-relay',
      poolSize: 20,
      connectTimeoutMs: 30_000,
      sessionSettings: { ...RELAY_SESSION_SETTINGS, ...settings },
      onConnectionError: () => {},
    });
    const client = createSql(pool);
    relays.push(client);
    return client;
  }
  const connectOrder = (sessionSettings: Readonly<Record<string, string>> = {}) =>
    test.connect(urls.order, { applicationName: 'lmt-order', poolSize: 20, sessionSettings });
  const order = connectOrder();
  const relay = connectRelay();
  // The first query compiles Prisma's engine. On a busy machine the connection may time out first.
  const answers = () => Promise.all([order.$queryRaw`SELECT 1`, relay.$queryRawUnsafe('SELECT 1')]);
  const connected = () =>
    answers().then(
      () => true,
      () => false,
    );
  await until('the clients are connected', connected, 30_000);

  async function read(where: string, values: unknown[]): Promise<MessageRow[]> {
    const { rows } = await admin.query<MessageRow>(
      `SELECT *, extract(epoch FROM available_at - now())::float8 * 1000 AS due_in_ms,
        extract(epoch FROM leased_until - now())::float8 * 1000 AS leased_for_ms
      FROM outbox_messages WHERE ${where} ORDER BY seq`,
      values,
    );
    return rows;
  }

  return {
    ...test,
    order,
    relay,
    connectOrder,
    connectRelay,
    write: (messages) => order.$transaction((tx) => enqueueMany(tx, messages)),
    messages: () => read('true', []),
    async message(id) {
      const [row] = await read('id = $1', [id]);
      if (row === undefined) throw new Error(`no message ${id}`);
      return row;
    },
    async statuses() {
      const { rows } = await admin.query<{ status: MessageStatus; count: number }>(
        'SELECT status, count(*)::int AS count FROM outbox_messages GROUP BY status',
      );
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
    },
    async makeDue(key) {
      await admin.query(
        'UPDATE outbox_messages SET available_at = now() WHERE available_at > now() AND ($1::text IS NULL OR key = $1)',
        [key ?? null],
      );
    },
    async expireLeases() {
      await admin.query('UPDATE outbox_messages SET leased_until = now() WHERE leased_until > now()');
    },
    whileLocked: (id, waiting, start) =>
      test.whileLocked(`SELECT 1 FROM outbox_messages WHERE id = '${id}' FOR UPDATE`, waiting, start),
    async empty() {
      await admin.query('TRUNCATE operator_actions, outbox_messages, order_items, orders RESTART IDENTITY');
    },
    async close() {
      await Promise.all(relays.map((client) => client.$disconnect()));
      await test.close();
    },
  };
}

/** Claims a batch and returns its messages. */
export const claimMessages = async (sql: Sql, options: ClaimOptions) =>
  (await claimBatch(sql, options)).messages;

/** Returns a message with its own key unless `fields` has one. */
export function aMessage(fields: Partial<NewMessage> = {}): NewMessage {
  const id = fields.id ?? randomUUID();
  return { id, topic: 'order-events', key: id, type: 'order.placed.v1', payload: { id }, ...fields };
}

export const someTimes: PublicationTimes = {
  claimedAt: new Date('2026-01-01T00:00:00Z'),
  publishedAt: new Date('2026-01-01T00:00:01Z'),
};

export function someMessages(count: number, fields: Partial<NewMessage> = {}): NewMessage[] {
  return Array.from({ length: count }, () => aMessage(fields));
}

/** Waits until a condition is true. The time-out error names the condition. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await delay(10);
  }
}
