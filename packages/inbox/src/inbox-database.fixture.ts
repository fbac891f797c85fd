// A database for one test file, with the inbox and a table that records effects.

import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import {
  connectInventoryDatabase,
  type InventoryDatabase,
  migrateInventoryDatabase,
} from '@lmt/prisma-inventory';
import { inject } from 'vitest';

export interface InboxDatabase
  extends Pick<TestDatabase<InventoryDatabase>, 'admin' | 'untilWaiting' | 'close'> {
  /** Connects a client with its own pool, like a consumer. */
  connect(sessionSettings?: Readonly<Record<string, string>>): InventoryDatabase;
  /** The ids of the messages that were applied, once per effect. */
  effects(): Promise<string[]>;
  /** The stored results by message id. */
  inbox(): Promise<Map<string, unknown>>;
  empty(): Promise<void>;
}

export async function createInboxDatabase(): Promise<InboxDatabase> {
  const database = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'inbox',
    side: 'inventory',
    migrate: migrateInventoryDatabase,
    connect: connectInventoryDatabase,
  });
  const { admin, urls } = database;
  await admin.query(`CREATE TABLE effects (message_id uuid NOT NULL);
    GRANT SELECT, INSERT ON effects TO lmt_inventory_service`);

  return {
    ...database,
    connect: (sessionSettings = {}) =>
      database.connect(urls.inventory, { applicationName: 'lmt-consumer', poolSize: 4, sessionSettings }),
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
    async empty() {
      await admin.query('TRUNCATE inbox_messages, effects');
    },
  };
}
