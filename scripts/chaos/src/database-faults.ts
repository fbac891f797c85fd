// Database faults that do not kill a process: locks, snapshots, schema changes, a read-only
// database and refused logins.
import { setTimeout as pause } from 'node:timers/promises';
import { toConnection } from '@lmt/database-url';
import type { Stack } from '@lmt/stack';
import pg from 'pg';

export type Duration = () => Promise<unknown>;
type Database = 'order' | 'inventory';

const RETRY_MS = 200;

/** Runs `work` on a separate connection. Another fault may break the connection. */
async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...toConnection(url, { applicationName: 'chaos' }),
    connectionTimeoutMillis: 3_000,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Repeats a repair until it succeeds, because another fault may have killed Postgres. */
async function repair(stack: Stack, statement: string): Promise<void> {
  for (;;) {
    const isDone = await withConnection(stack.adminUrl, (client) => client.query(statement)).then(
      () => true,
      () => false,
    );
    if (isDone) return;
    await pause(RETRY_MS);
  }
}

/** Holds a transaction open after `statement`, as a forgotten session does. */
async function holdOpen(
  url: string,
  { begin = 'BEGIN', statement, values = [] }: { begin?: string; statement: string; values?: unknown[] },
  hold: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query(begin);
    await client.query(statement, values);
    await hold(client);
  });
}

/** Locks the rows of orders. */
export function lockOrders(stack: Stack, orderIds: readonly string[], duration: Duration) {
  const statement = 'SELECT FROM orders WHERE id = ANY($1::uuid[]) FOR UPDATE';
  return holdOpen(stack.databases.order, { statement, values: [orderIds] }, duration);
}

/** Locks an sku that most orders contain, and the reservations of some orders. */
export function lockStock(
  stack: Stack,
  skus: readonly string[],
  orderIds: readonly string[],
  duration: Duration,
) {
  const statement = `
WITH reserved AS (SELECT FROM reservations WHERE order_id = ANY($2::uuid[]) FOR UPDATE)
SELECT (SELECT count(*) FROM reserved), sku FROM stock_items WHERE sku = ANY($1::text[]) FOR UPDATE`;
  return holdOpen(stack.databases.inventory, { statement, values: [skus, orderIds] }, duration);
}

/**
 * Holds a snapshot until `end`, as a dump or a replica does, so vacuum cannot remove dead rows.
 * Takes a new snapshot after a fault kills Postgres.
 */
export async function holdSnapshots(stack: Stack, database: Database, end: Promise<unknown>): Promise<void> {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ';
  while (!isOver) {
    const lost = (client: pg.Client) => new Promise((resolve) => client.once('end', resolve));
    await holdOpen(stack.databases[database], { begin, statement: 'SELECT 1' }, (client) =>
      Promise.race([over, lost(client)]),
    ).catch(() => pause(RETRY_MS));
  }
}

/** Changes the type of a column that every placed order returns, and changes it back. */
export async function alterType(stack: Stack, duration: Duration): Promise<void> {
  const alter = (precision: number) =>
    withConnection(stack.databases.order, async (client) => {
      await client.query("SET lock_timeout = '3s'");
      await client.query(`ALTER TABLE orders ALTER COLUMN created_at TYPE timestamptz(${precision})`);
    });
  await alter(6);
  await duration();
  await alter(3);
}

const END_SESSIONS = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';

/** Makes a database read-only, like a failover after which clients keep their connections. */
export async function makeReadOnly(stack: Stack, database: Database, duration: Duration): Promise<void> {
  const name = new URL(stack.databases[database]).pathname.slice(1);
  try {
    await withConnection(stack.adminUrl, async (client) => {
      await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await client.query(`${END_SESSIONS} AND datname = $1`, [name]);
    });
    await duration();
  } finally {
    // The fault does not end the sessions now. The services must replace them.
    await repair(stack, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
  }
}

/** Changes a service's password and ends its sessions, then restores the password. */
export async function refuseLogin(stack: Stack, login: string, duration: Duration): Promise<void> {
  const verifier = await withConnection(stack.adminUrl, async (client) => {
    const { rows } = await client.query('SELECT rolpassword FROM pg_authid WHERE rolname = $1', [login]);
    return String(rows[0]?.rolpassword);
  });
  try {
    await withConnection(stack.adminUrl, async (client) => {
      await client.query(`ALTER ROLE ${login} PASSWORD 'changed by chaos'`);
      await client.query(`${END_SESSIONS} AND usename = $1`, [login]);
    });
    await duration();
  } finally {
    await repair(stack, `ALTER ROLE ${login} PASSWORD ${pg.escapeLiteral(verifier)}`);
  }
}
