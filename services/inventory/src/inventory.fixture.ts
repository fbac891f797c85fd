// Test fixture: a migrated inventory database, messages and a fake result sender.
import { randomUUID } from 'node:crypto';
import type { MessageResult, OrderItem } from '@lmt/contracts';
import { ORDER_CANCELLED, ORDER_PLACED } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import {
  connectInventoryDatabase,
  type InventoryDatabase,
  migrateInventoryDatabase,
} from '@lmt/prisma-inventory';
import { inject } from 'vitest';
import type { OrderMessage } from './consume/decode-message.js';

interface MovementRow {
  readonly order_id: string | null;
  readonly sku: string;
  readonly kind: string;
  readonly delta: number;
  readonly reason: string | null;
}

/** All rows of the service's tables. */
interface Snapshot {
  readonly stock: Readonly<Record<string, number>>;
  readonly movements: readonly MovementRow[];
  readonly reservations: ReadonlyMap<string, string>;
  readonly inbox: ReadonlyMap<string, unknown>;
}

export interface InventoryTestDatabase extends Omit<TestDatabase<InventoryDatabase>, 'connect'> {
  /** Opens the connection pool of one service process. */
  connect(sessionSettings?: Readonly<Record<string, string>>): InventoryDatabase;
  /** Opens the consumer's pool of one service process, by default on this test's database. */
  connectConsumer(sessionSettings?: Readonly<Record<string, string>>, url?: string): SqlClient;
  /** Adds stock with its movement, as an adjustment does. */
  stock(available: Readonly<Record<string, number>>): Promise<void>;
  snapshot(): Promise<Snapshot>;
  /**
   * Finds skus whose movements do not add up to their stock, and orders whose movements contradict
   * their reservation.
   */
  inconsistencies(): Promise<unknown[]>;
  empty(): Promise<void>;
}

export async function createInventoryTestDatabase(
  migrate: (ownerUrl: string) => Promise<unknown> = migrateInventoryDatabase,
): Promise<InventoryTestDatabase> {
  const test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'stock',
    side: 'inventory',
    migrate,
    connect: connectInventoryDatabase,
  });
  const { admin, urls } = test;
  const consumers: SqlClient[] = [];

  return {
    ...test,
    connectConsumer(sessionSettings = {}, url = urls.inventory) {
      const plan_cache_mode = 'force_generic_plan';
      const options = { applicationName: 'lmt-inventory', poolSize: 5, onConnectionError: () => {} };
      const settings = { plan_cache_mode, ...sessionSettings };
      const sql = createSql(openPool({ url, ...options, sessionSettings: settings }));
      consumers.push(sql);
      return sql;
    },
    async close() {
      await Promise.all([test.close(), ...consumers.map((sql) => sql.$disconnect())]);
    },
    connect: (sessionSettings = {}) =>
      test.connect(urls.inventory, { applicationName: 'lmt-inventory', poolSize: 5, sessionSettings }),
    async stock(available) {
      for (const [sku, count] of Object.entries(available)) {
        await admin.query('INSERT INTO stock_items (sku, available) VALUES ($1, $2)', [sku, count]);
        if (count === 0) continue;
        await admin.query(`INSERT INTO stock_movements (sku, kind, delta) VALUES ($1, 'ADJUST', $2)`, [
          sku,
          count,
        ]);
      }
    },
    async snapshot() {
      const [stock, movements, reservations, inbox] = await Promise.all([
        admin.query('SELECT sku, available FROM stock_items ORDER BY sku'),
        admin.query<MovementRow>(
          'SELECT order_id, sku, kind, delta, reason FROM stock_movements ORDER BY id',
        ),
        admin.query('SELECT order_id, status FROM reservations'),
        admin.query('SELECT id, result FROM inbox_messages'),
      ]);
      return {
        stock: Object.fromEntries(stock.rows.map(({ sku, available }) => [sku, available])),
        movements: movements.rows,
        reservations: new Map(reservations.rows.map((row) => [row.order_id, row.status])),
        inbox: new Map(inbox.rows.map((row) => [row.id, row.result])),
      };
    },
    async inconsistencies() {
      const sums = await admin.query(`
        SELECT s.sku, s.available, coalesce(sum(m.delta), 0)::int AS moved
        FROM stock_items s LEFT JOIN stock_movements m USING (sku)
        GROUP BY s.sku HAVING s.available <> coalesce(sum(m.delta), 0)`);
      const orders = await admin.query(`
        SELECT order_id, r.status, m.deducted, m.total
        FROM reservations r FULL JOIN (
          SELECT order_id, count(*) FILTER (WHERE kind = 'DEDUCT') AS deducted, array_agg(DISTINCT total) AS total
          FROM (SELECT *, sum(delta) OVER (PARTITION BY order_id, sku)::int AS total FROM stock_movements) s
          WHERE order_id IS NOT NULL GROUP BY order_id
        ) m USING (order_id)
        WHERE NOT CASE r.status
          WHEN 'RESERVED' THEN m.deducted > 0 AND 0 > ALL (m.total)
          WHEN 'RELEASED' THEN m.deducted > 0 AND m.total = ARRAY[0]
          WHEN 'REJECTED' THEN m.order_id IS NULL AND r.reason IS NOT NULL
          WHEN 'CANCELLED' THEN m.order_id IS NULL
          ELSE false
        END IS TRUE`);
      return [...sums.rows, ...orders.rows];
    },
    async empty() {
      await admin.query('TRUNCATE stock_items, stock_movements, reservations, inbox_messages');
    },
  };
}

/** When the messages of `aPlacement` and `aCancellation` were received. */
export const RECEIVED_AT = '2026-01-01T00:00:00.500Z';

/** Makes a decoded placement, for a new order unless an order id is given. */
export function aPlacement(
  items: Readonly<Record<string, number>>,
  ids: { readonly id?: string; readonly orderId?: string } = {},
): Extract<OrderMessage, { type: typeof ORDER_PLACED }> {
  const { id = randomUUID(), orderId = randomUUID() } = ids;
  const lines: OrderItem[] = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity }));
  const payload = { orderId, customerId: 'ada', items: lines, placedAt: '2026-01-01T00:00:00.000Z' };
  return { id, type: ORDER_PLACED, key: orderId, receivedAt: RECEIVED_AT, payload };
}

/** Makes a decoded cancellation. */
export function aCancellation(
  orderId: string = randomUUID(),
  id: string = randomUUID(),
): Extract<OrderMessage, { type: typeof ORDER_CANCELLED }> {
  const payload = { orderId, cancelledAt: '2026-01-01T00:00:00.000Z' };
  return { id, type: ORDER_CANCELLED, key: orderId, receivedAt: RECEIVED_AT, payload };
}

/** Returns the record that decodes to the message. */
export function toInbound({ id, type, key, payload }: OrderMessage): InboundMessage {
  return { id, type, key, body: JSON.stringify(payload), headers: {}, position: 'order-events/0@1' };
}

/** Makes a fake result sender that only collects results. */
export function collectResults() {
  const sent: MessageResult[] = [];
  return {
    sent,
    send: (results: readonly MessageResult[]) => void sent.push(...results),
    waitForCapacity: async () => {},
    drain: async () => {},
    close: async () => {},
  };
}
