// A database of a test file's own with the inbox and a table that shows effects.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connectInventoryDatabase,
  type InventoryDatabase,
  migrateInventoryDatabase,
} from '@lmt/prisma-inventory';
import { provision } from '@lmt/prisma-postgres';
import pg from 'pg';
import { inject } from 'vitest';

// Roles belong to the cluster: every test file gives them the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test' };

export interface TestDatabase {
  /** The superuser in this database: for set-up and for looking, never for the work that is tested. */
  readonly admin: pg.Pool;
  /** A consumer: each its own pool. */
  connect(): InventoryDatabase;
  /** The ids that had their effect, one entry an effect. */
  effects(): Promise<string[]>;
  /** The inbox by message id, with the stored result. */
  inbox(): Promise<Map<string, unknown>>;
  /** Waits until that many sessions of this database wait for a lock. */
  untilWaiting(sessions: number): Promise<void>;
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
    databases: { order: `inbox_order_${suffix}`, inventory: `inbox_inventory_${suffix}` },
  });
  await migrateInventoryDatabase(urls.owner.inventory);
  const admin = new pg.Pool({ connectionString: adminUrlOf(urls.owner.inventory), max: 5 });
  admin.on('error', () => {});
  await admin.query(`CREATE TABLE effects (message_id uuid NOT NULL);
    GRANT SELECT, INSERT ON effects TO lmt_inventory_service`);
  const clients: InventoryDatabase[] = [];

  return {
    admin,
    connect() {
      const client = connectInventoryDatabase({
        url: urls.inventory,
        applicationName: 'consumer',
        poolSize: 4,
        connectTimeoutMs: 30_000,
        onConnectionError: () => {},
      });
      clients.push(client);
      return client;
    },
    async effects() {
      const { rows } = await admin.query<{ id: string }>('SELECT message_id AS id FROM effects ORDER BY 1');
      return rows.map(({ id }) => id);
    },
    async inbox() {
      const { rows } = await admin.query<{ id: string; result: unknown }>(
        'SELECT id, result FROM inbox_messages ORDER BY id',
      );
      return new Map(rows.map(({ id, result }) => [id, result]));
    },
    async untilWaiting(sessions) {
      for (const deadline = performance.now() + 30_000; ; await delay(10)) {
        const { rows } = await admin.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (rows[0]?.count === sessions) return;
        if (performance.now() > deadline) throw new Error(`${rows[0]?.count} sessions wait, not ${sessions}`);
      }
    },
    async empty() {
      await admin.query('TRUNCATE inbox_messages, effects');
    },
    async close() {
      await Promise.all([admin.end(), ...clients.map((client) => client.$disconnect())]);
    },
  };
}
