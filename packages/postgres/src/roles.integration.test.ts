import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from './apply-migrations.js';
import { type ProvisionedUrls, provision } from './provision.js';
import { ROLES } from './roles.js';

// All test files share the cluster's roles, so they must set the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test', auditor: 'test' };
const suffix = randomUUID().slice(0, 8);
const databases = { order: `roles_order_${suffix}`, inventory: `roles_inventory_${suffix}` };

type Login = 'order' | 'relay' | 'inventory';
const LOGINS: readonly Login[] = ['order', 'relay', 'inventory'];

let urls: ProvisionedUrls;
const clients = new Map<Login, pg.Client>();

beforeAll(async () => {
  urls = await provision({ adminUrl: inject('adminUrl'), passwords, databases, ownsCluster: true });
  for (const name of ['order', 'inventory'] as const) {
    await applyMigrations(
      urls.owner[name],
      fileURLToPath(new URL(`../../../prisma/${name}/migrations`, import.meta.url)),
    );
  }
  for (const login of LOGINS) {
    const client = new pg.Client({ connectionString: urls[login] });
    await client.connect();
    clients.set(login, client);
  }
});
afterAll(() => Promise.all([...clients.values()].map((client) => client.end())));

function run(login: Login, statement: string): Promise<pg.QueryResult> {
  const client = clients.get(login);
  if (!client) throw new Error(`${login} is not connected`);
  return client.query(statement);
}

const COLUMNS = {
  orders: ['id', 'customer_id', 'idempotency_key', 'request_hash', 'message_id', 'created_at'],
  order_items: ['order_id', 'sku', 'position', 'quantity'],
  outbox_messages: ['id', 'topic', 'key', 'type', 'payload', 'headers', 'created_at'],
  stock_items: ['sku'],
  reservations: ['order_id', 'created_at'],
  stock_movements: ['order_id', 'sku', 'kind', 'delta', 'reason', 'created_at'],
  inbox_messages: ['id', 'type', 'key', 'received_at'],
} as const;
const TABLES_OF = {
  order: ['orders', 'order_items', 'outbox_messages'],
  relay: ['orders', 'order_items', 'outbox_messages'],
  inventory: ['stock_items', 'reservations', 'stock_movements', 'inbox_messages'],
} as const;

/** Statements denied to every login. */
const DENIED_TO_ALL = [
  'CREATE TABLE mine (id int)',
  'CREATE TEMPORARY TABLE mine (id int)',
  'CREATE SCHEMA mine',
  'CREATE ROLE mine',
  'CREATE DATABASE mine',
  `CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  'DROP SCHEMA public CASCADE',
  'SELECT 1 FROM _prisma_migrations',
  'SELECT rolpassword FROM pg_authid',
  `SELECT pg_read_file('postgresql.conf')`,
  `COPY (SELECT 1) TO PROGRAM 'true'`,
  `SET ROLE ${ROLES.owner}`,
  'ALTER SYSTEM SET fsync = off',
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user',
];

const ownTables = (login: Login, more: (table: string, columns: readonly string[]) => string[]) =>
  TABLES_OF[login].flatMap((table) => more(table, COLUMNS[table]));
const deniedOnOwnTables = (login: Login) =>
  ownTables(login, (table, columns) => [
    `ALTER TABLE ${table} ADD COLUMN mine int`,
    `DROP TABLE ${table}`,
    `TRUNCATE ${table} CASCADE`,
    `CREATE INDEX ON ${table} ((1))`,
    ...columns.map((column) => `UPDATE ${table} SET ${column} = ${column}`),
  ]);

const DENIED: Readonly<Record<Login, readonly string[]>> = {
  order: [
    ...DENIED_TO_ALL,
    ...deniedOnOwnTables('order'),
    'DELETE FROM orders',
    'DELETE FROM order_items',
    'DELETE FROM outbox_messages',
    'UPDATE outbox_messages SET published_at = now()',
    'UPDATE outbox_messages SET attempts = 0',
  ],
  relay: [
    ...DENIED_TO_ALL,
    ...deniedOnOwnTables('relay'),
    'SELECT 1 FROM orders',
    'SELECT 1 FROM order_items',
    'INSERT INTO orders (id, customer_id, message_id) VALUES (gen_random_uuid(), 1, gen_random_uuid())',
    'UPDATE orders SET status = status',
    'DELETE FROM orders',
    'DELETE FROM outbox_messages',
    `INSERT INTO outbox_messages (id, topic, key, type, payload) VALUES (gen_random_uuid(), 't', 'k', 'x', '{}')`,
    `UPDATE outbox_messages SET result = '{}'`,
    'UPDATE outbox_messages SET completed_at = now()',
  ],
  inventory: [
    ...DENIED_TO_ALL,
    ...deniedOnOwnTables('inventory'),
    'DELETE FROM stock_items',
    'DELETE FROM reservations',
    'DELETE FROM stock_movements',
    'DELETE FROM inbox_messages',
  ],
};

it('the relay cannot mark a message as finished', async () => {
  await run(
    'order',
    `INSERT INTO outbox_messages (id, topic, key, type, payload) VALUES (gen_random_uuid(), 't', 'k', 'x', '{}')`,
  );
  await expect(run('relay', `UPDATE outbox_messages SET status = 'COMPLETED'`)).rejects.toThrow(
    'outbox_finished_has_time',
  );
});

describe.each(LOGINS)('the %s login', (login) => {
  it.each(DENIED[login])('is denied: %s', async (statement) => {
    await expect(run(login, statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('is not a superuser and cannot create roles, databases or replicas', async () => {
    const { rows } = await run(
      login,
      `SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS privileged,
         (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships,
         has_schema_privilege(current_user, 'public', 'CREATE') AS creates
       FROM pg_roles r WHERE rolname = current_user`,
    );
    expect(rows).toEqual([{ privileged: false, memberships: 0, creates: false }]);
  });

  it('can connect to its own database only', async () => {
    const { rows } = await run(login, 'SELECT datname FROM pg_database WHERE datallowconn');
    const own = new URL(urls[login]).pathname.slice(1);
    expect(rows.map(({ datname }) => datname)).toEqual(
      expect.arrayContaining(['postgres', 'template1', databases.order, databases.inventory]),
    );
    for (const name of ['postgres', 'template1', databases.order, databases.inventory]) {
      if (name === own) continue;
      const url = new URL(urls[login]);
      url.pathname = `/${name}`;
      const client = new pg.Client({ connectionString: url.href });
      client.on('error', () => {});
      await expect(client.connect(), name).rejects.toThrow(`permission denied for database "${name}"`);
    }
  });
});

describe.each(['order', 'inventory'] as const)('the auditor login in the %s database', (name) => {
  const tables = TABLES_OF[name];
  let auditor: pg.Client;
  beforeAll(async () => {
    auditor = new pg.Client({ connectionString: urls.auditor[name] });
    await auditor.connect();
  });
  afterAll(() => auditor.end());

  it('reads every table, including tables that the owner creates later', async () => {
    const owner = new pg.Client({ connectionString: urls.owner[name] });
    await owner.connect();
    await owner.query('CREATE TABLE created_later (id int)').finally(() => owner.end());
    for (const table of [...tables, 'created_later']) await auditor.query(`SELECT * FROM ${table}`);
  });

  it('starts read-only transactions', async () => {
    const { rows } = await auditor.query('SHOW transaction_read_only');
    expect(rows).toEqual([{ transaction_read_only: 'on' }]);
  });

  it('cannot change data, even in a transaction that it makes writable', async () => {
    const changes = tables.flatMap((table) => [
      `INSERT INTO ${table} DEFAULT VALUES`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
      `ALTER TABLE ${table} ADD COLUMN mine int`,
      ...COLUMNS[table].map((column) => `UPDATE ${table} SET ${column} = ${column}`),
    ]);
    const denied = DENIED_TO_ALL.filter((statement) => !statement.includes('_prisma_migrations'));
    for (const change of [...changes, ...denied]) {
      await auditor.query('SET default_transaction_read_only = off');
      await expect(auditor.query(change), change).rejects.toThrow(/permission denied|must be owner/);
    }
  });
});
