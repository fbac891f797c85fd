// Test fixture: a migrated order database for one test file.

import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import { connectOrderDatabase, migrateOrderDatabase, type OrderDatabase } from '@lmt/prisma-order';
import { inject } from 'vitest';
import { INTERNAL_SESSION_SETTINGS, SESSION_SETTINGS } from './database.js';

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
