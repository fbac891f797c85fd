// A migrated inventory database of a test file's own, and what the tests build around it.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MessageResult, OrderItem } from '@lmt/contracts';
import { ORDER_CANCELLED, ORDER_PLACED } from '@lmt/contracts';
import type { InboundMessage } from '@lmt/messaging';
import {
  connectInventoryDatabase,
  type InventoryDatabase,
  migrateInventoryDatabase,
} from '@lmt/prisma-inventory';
import { provision } from '@lmt/prisma-postgres';
import { createLogger, type Logger } from '@lmt/service-kit';
import pg from 'pg';
import { inject } from 'vitest';
import type { CancellationMessage, OrderMessage, PlacementMessage } from './decode-message.js';

// Roles belong to the cluster: every test file gives them the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test' };

export interface MovementRow {
  readonly order_id: string | null;
  readonly sku: string;
  readonly kind: string;
  readonly delta: number;
  readonly reason: string | null;
}

/** All that the service keeps. */
export interface Snapshot {
  readonly stock: Readonly<Record<string, number>>;
  readonly movements: readonly MovementRow[];
  readonly reservations: ReadonlyMap<string, string>;
  readonly inbox: ReadonlyMap<string, unknown>;
}

export interface TestDatabase {
  /** The superuser in this database: for set-up and for looking, never for the work that is tested. */
  readonly admin: pg.Pool;
  /** A process of the service: each its own pool. */
  connect(sessionSettings?: Readonly<Record<string, string>>): InventoryDatabase;
  /** A process whose database can't be reached. */
  connectToNothing(): InventoryDatabase;
  /** Stock as an adjustment leaves it. */
  stock(available: Readonly<Record<string, number>>): Promise<void>;
  snapshot(): Promise<Snapshot>;
  /** Skus whose movements do not add up to their stock, and orders whose movements are not what their reservation says. */
  inconsistencies(): Promise<unknown[]>;
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
    databases: { order: `stock_order_${suffix}`, inventory: `stock_inventory_${suffix}` },
  });
  await migrateInventoryDatabase(urls.owner.inventory);
  const admin = new pg.Pool({ connectionString: adminUrlOf(urls.owner.inventory), max: 5 });
  admin.on('error', () => {});
  const clients: InventoryDatabase[] = [];

  function connectTo(url: string, sessionSettings: Readonly<Record<string, string>> = {}) {
    const patience = { connectTimeoutMs: 30_000, onConnectionError: () => {} };
    const options = { applicationName: 'lmt-inventory', poolSize: 5, ...patience };
    const client = connectInventoryDatabase({ url, sessionSettings, ...options });
    clients.push(client);
    return client;
  }

  async function untilWaiting(sessions: number): Promise<number[]> {
    for (const deadline = performance.now() + 30_000; ; await delay(10)) {
      const { rows } = await admin.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'lmt-inventory' AND wait_event_type = 'Lock'`,
      );
      if (rows.length === sessions) return rows.map(({ pid }) => pid);
      if (performance.now() > deadline) throw new Error(`${rows.length} sessions wait, not ${sessions}`);
    }
  }

  async function lock(statement: string) {
    const locker = new pg.Client({ connectionString: adminUrlOf(urls.owner.inventory) });
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
    connect: (sessionSettings) => connectTo(urls.inventory, sessionSettings),
    // Port 1 is no database anywhere.
    connectToNothing: () => connectTo('postgresql://nobody:x@127.0.0.1:1/nothing'),
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
      await admin.query('TRUNCATE stock_items, stock_movements, reservations, inbox_messages');
    },
    async close() {
      await Promise.all([admin.end(), ...clients.map((client) => client.$disconnect())]);
    },
  };
}

/** A placement as it was decoded; of an order of its own unless one is given. */
export function aPlacement(
  items: Readonly<Record<string, number>>,
  ids: { readonly id?: string; readonly orderId?: string } = {},
): PlacementMessage {
  const { id = randomUUID(), orderId = randomUUID() } = ids;
  const lines: OrderItem[] = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity }));
  const payload = { orderId, customerId: 'ada', items: lines, placedAt: '2026-01-01T00:00:00.000Z' };
  return { id, type: ORDER_PLACED, key: orderId, payload };
}

/** A cancelling as it was decoded. */
export function aCancellation(
  orderId: string = randomUUID(),
  id: string = randomUUID(),
): CancellationMessage {
  const payload = { orderId, cancelledAt: '2026-01-01T00:00:00.000Z' };
  return { id, type: ORDER_CANCELLED, key: orderId, payload };
}

/** The same as it comes in. */
export function inboundOf({ id, type, key, payload }: OrderMessage): InboundMessage {
  return { id, type, key, body: JSON.stringify(payload), headers: {}, position: 'order-events/0@1' };
}

export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: readonly Record<string, unknown>[];
}

export function recordLog(): RecordedLog {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => lines.push(JSON.parse(line)) };
  return { logger: createLogger({ service: 'test', level: 'debug', format: 'json', stream }), lines };
}

/** Takes results and keeps them. */
export function collectResults() {
  const sent: MessageResult[] = [];
  return { sent, send: (results: readonly MessageResult[]) => void sent.push(...results) };
}
