import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresOptions } from './open-pool.js';
import { type ProvisionedUrls, provision } from './provision.js';

// All test files share the cluster's roles, so they must set the same passwords.
const passwords = { owner: 'test', order: 'test', relay: 'test', inventory: 'test', auditor: 'test' };

// Long enough for a slow machine.
const PATIENCE_MS = 30_000;

export interface TestDatabaseOptions<Client> {
  /** URL of the superuser. */
  readonly adminUrl: string;
  /** Prefix of the database's name. */
  readonly name: string;
  /** The database that the tests use; the other one stays empty. */
  readonly side: 'order' | 'inventory';
  readonly migrate: (ownerUrl: string) => Promise<unknown>;
  readonly connect: (options: PostgresOptions) => Client;
}

export type ConnectOptions = Pick<PostgresOptions, 'applicationName' | 'poolSize'> &
  Partial<Pick<PostgresOptions, 'sessionSettings'>>;

/** A migrated database for one test file, with helpers for locks of other sessions. */
export interface TestDatabase<Client> {
  readonly urls: ProvisionedUrls;
  /** Connections of the superuser, for set-up and inspection only. */
  readonly admin: pg.Pool;
  /** Connects a client with its own pool, like a process. `close` disconnects it. */
  connect(url: string, options: ConnectOptions): Client;
  /** Returns a client whose database is unreachable. */
  connectToNothing(): Client;
  /** Waits until this many service sessions wait for a lock, and returns their process ids. */
  untilWaiting(sessions: number): Promise<number[]>;
  /** Runs a statement in a transaction that stays open until `release` rolls it back. */
  lock(statement: string): Promise<{ readonly pid: number; release(): Promise<void> }>;
  /** Runs `work` while another transaction, rolled back afterwards, has run `statement`. */
  whileOpen<T>(statement: string, work: () => Promise<T>): Promise<T>;
  /**
   * Runs `start` while `statement` holds its locks. Releases the locks once `waiting` sessions wait
   * for a lock. The locks that those sessions already hold then decide whether they deadlock.
   */
  whileLocked<T>(statement: string, waiting: number, start: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function createTestDatabase<Client extends { $disconnect(): Promise<void> }>(
  options: TestDatabaseOptions<Client>,
): Promise<TestDatabase<Client>> {
  const { adminUrl, name, side, migrate } = options;
  const suffix = randomUUID().slice(0, 8);
  const databases = { order: `${name}_order_${suffix}`, inventory: `${name}_inventory_${suffix}` };
  const urls = await provision({ adminUrl, passwords, databases });
  await migrate(urls.owner[side]);
  const connectionString = Object.assign(new URL(adminUrl), { pathname: databases[side] }).href;
  const admin = new pg.Pool({ connectionString, max: 5 });
  admin.on('error', () => {});
  const clients: Client[] = [];

  function connect(url: string, connectOptions: ConnectOptions): Client {
    const patience = { connectTimeoutMs: PATIENCE_MS, onConnectionError: () => {} };
    const client = options.connect({ url, ...patience, ...connectOptions });
    clients.push(client);
    return client;
  }

  async function untilWaiting(sessions: number): Promise<number[]> {
    for (const deadline = performance.now() + PATIENCE_MS; ; await delay(10)) {
      const { rows } = await admin.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'lmt-%' AND wait_event_type = 'Lock'`,
      );
      if (rows.length === sessions) return rows.map(({ pid }) => pid);
      if (performance.now() > deadline) throw new Error(`${rows.length} sessions wait, not ${sessions}`);
    }
  }

  async function lock(statement: string) {
    const locker = new pg.Client({ connectionString });
    await locker.connect();
    await locker.query('BEGIN');
    await locker.query(statement);
    const { rows } = await locker.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    let gone: Promise<void> | undefined;
    return {
      pid: Number(rows[0]?.pid),
      release: () => {
        gone ??= locker.end();
        return gone;
      },
    };
  }

  async function whileOpen<T>(statement: string, work: (release: () => Promise<void>) => Promise<T>) {
    const { release } = await lock(statement);
    return work(release).finally(release);
  }

  return {
    urls,
    admin,
    connect,
    // No database listens on port 1.
    connectToNothing: () =>
      connect('postgresql://user:x@127.0.0.1:1/nothing', { applicationName: 'lmt-test', poolSize: 1 }),
    untilWaiting,
    lock,
    whileOpen,
    whileLocked: (statement, waiting, start) =>
      whileOpen(statement, async (release) => {
        const started = start();
        started.catch(() => {});
        await untilWaiting(waiting);
        await release();
        return started;
      }),
    async close() {
      await Promise.all([admin.end(), ...clients.map((client) => client.$disconnect())]);
    },
  };
}
