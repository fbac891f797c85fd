import { randomUUID } from 'node:crypto';
import {
  createSql,
  databaseCheck,
  databaseFailure,
  databaseReason,
  openPool,
  type PostgresOptions,
  type SqlClient,
  type TransactionSql,
} from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import { connectOrderDatabase, migrateOrderDatabase } from '@lmt/prisma-order';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { inTransaction } from './database.js';

const CONNECTIONS = 3;
const WITHIN = { timeout: 10_000, interval: 50 };

let test: TestDatabase<SqlClient>;
let database: SqlClient;
let name: string;
// The logins of the services are shared with other test files, so this file has its own.
const login = `stale_${randomUUID().slice(0, 8)}`;
let url: string;

beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'stale',
    side: 'order',
    migrate: migrateOrderDatabase,
    connect: connectOrderDatabase,
  });
  name = new URL(test.urls.order).pathname.slice(1);
  url = Object.assign(new URL(test.urls.order), { username: login, password: 'right' }).href;
  await test.admin.query(`CREATE ROLE ${login} LOGIN PASSWORD 'right'; GRANT USAGE ON SCHEMA public TO ${login};
    GRANT CONNECT ON DATABASE ${name} TO ${login}; GRANT SELECT, INSERT, UPDATE ON orders TO ${login}`);
});
afterEach(() => database.$disconnect());
afterAll(() => test.close());

const endSessions = () =>
  test.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1`, [login]);

async function readTimes(tx: TransactionSql) {
  await tx.$queryRawUnsafe('SELECT created_at FROM orders LIMIT 1');
  // Keeps the connection busy, so that parallel transactions use all connections.
  await tx.$queryRawUnsafe('SELECT 1 FROM pg_sleep(0.1)');
}
const inParallel = (work = () => database.$transaction(readTimes).then(() => {})) =>
  Promise.all(Array.from({ length: CONNECTIONS }, work));

const writeOrder = () =>
  database.$executeRawUnsafe('UPDATE orders SET status = status WHERE id = $1::uuid', randomUUID());

const toFailure = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => null,
    (error) => error,
  );

/** Resolves with the reason why the database cannot be used, or with null. */
const notReady = async () => {
  const error = await toFailure(databaseCheck(database)());
  return error instanceof Error ? error.message : null;
};

const clients: [string, (options: PostgresOptions) => SqlClient][] = [
  ['node-postgres', (options) => createSql(openPool(options))],
  ['Prisma', connectOrderDatabase],
];

describe.each(clients)('%s', (_, connect) => {
  beforeEach(() => {
    const options = { applicationName: 'lmt-order', poolSize: CONNECTIONS, connectTimeoutMs: 30_000 };
    database = connect({ url, ...options, onConnectionError: () => {} });
  });

  describe('changed-plan', () => {
    it('changed-plan: a column type changes, one transaction is retried, and no other connection fails', async () => {
      await inParallel();
      await test.admin.query('ALTER TABLE orders ALTER COLUMN created_at TYPE timestamptz(6)');
      let runs = 0;
      await inTransaction(database, async (tx) => {
        runs += 1;
        await readTimes(tx);
      });
      expect(runs).toBe(2);
      await inParallel();
    });

    it('changed-plan: connections in use are replaced when their transactions end', async () => {
      await inParallel();
      await test.admin.query('ALTER TABLE orders ALTER COLUMN created_at TYPE timestamptz(3)');
      let failed: unknown;
      await database.$transaction(async (tx) => {
        await tx.$queryRawUnsafe('SELECT 1');
        failed = await toFailure(database.$transaction(readTimes));
      });
      expect(databaseFailure(failed)).toBe('conflict');
      await inParallel();
    });

    it('changed-plan: a lost prepared statement is a conflict, and the connection is replaced', async () => {
      await inParallel();
      const error = await toFailure(
        database.$transaction(async (tx) => {
          await tx.$executeRawUnsafe('DEALLOCATE ALL');
          await tx.$queryRawUnsafe('SELECT created_at FROM orders LIMIT 1');
        }),
      );
      expect(databaseFailure(error)).toBe('conflict');
      await inParallel();
    });
  });

  describe('read-only-primary', () => {
    it('read-only-primary: writes are unavailable, and work on new connections as soon as the database accepts them', async () => {
      await inParallel();
      await test.admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await endSessions();
      await vi.waitUntil(async () => (await toFailure(inParallel())) === null, WITHIN);
      const error = await toFailure(writeOrder());
      expect(databaseFailure(error)).toBe('unavailable');
      expect(databaseReason(error)).toMatch(/^the database is read-only/);
      expect(await notReady()).toMatch(/^the database is read-only/);
      await inParallel();

      await test.admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await vi.waitUntil(async () => (await notReady()) === null, WITHIN);
      await inParallel(async () => expect(await writeOrder()).toBe(0));
    });
  });

  describe('refused-login', () => {
    interface Refusal {
      readonly name: string;
      readonly refuse: () => string;
      readonly allow: () => string;
      readonly reason: RegExp;
    }
    const refusals: readonly Refusal[] = [
      {
        name: 'the password is changed',
        refuse: () => `ALTER ROLE ${login} PASSWORD 'other'`,
        allow: () => `ALTER ROLE ${login} PASSWORD 'right'`,
        reason: /^the database refuses the login/,
      },
      {
        name: 'the role may not log in',
        refuse: () => `ALTER ROLE ${login} NOLOGIN`,
        allow: () => `ALTER ROLE ${login} LOGIN`,
        reason: /^the database refuses the login/,
      },
      {
        name: 'CONNECT is revoked',
        refuse: () => `REVOKE CONNECT ON DATABASE ${name} FROM ${login}`,
        allow: () => `GRANT CONNECT ON DATABASE ${name} TO ${login}`,
        reason: /^the login of this service lacks a permission/,
      },
      {
        name: 'the database accepts no connections',
        refuse: () => `ALTER ROLE ${login} CONNECTION LIMIT 0`,
        allow: () => `ALTER ROLE ${login} CONNECTION LIMIT -1`,
        reason: /^the database has no free connection/,
      },
    ];

    it.each(refusals)('refused-login: $name, and back', async ({ refuse, allow, reason }) => {
      await inParallel();
      await test.admin.query(refuse());
      await endSessions();
      // The pool may not have noticed yet that a connection has ended.
      await vi.waitUntil(async () => reason.test((await notReady()) ?? ''), WITHIN);
      const error = await toFailure(writeOrder());
      expect(databaseFailure(error)).toBe('unavailable');
      expect(databaseReason(error)).toMatch(reason);
      await test.admin.query(allow());
      await inParallel(async () => expect(await writeOrder()).toBe(0));
    });

    it('refused-login: the database is renamed, and back', async () => {
      const other = test.connect(inject('adminUrl'), { applicationName: 'lmt-test', poolSize: 1 });
      const rename = async (from: string, to: string) => {
        await vi.waitUntil(async () => {
          await other.$queryRawUnsafe(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${from}'`,
          );
          const renaming = other.$executeRawUnsafe(`ALTER DATABASE ${from} RENAME TO ${to}`);
          return (await toFailure(renaming)) === null;
        }, WITHIN);
      };
      await inParallel();
      await rename(name, `${name}_gone`);
      await vi.waitUntil(
        async () => /^the database .* does not exist/.test((await notReady()) ?? ''),
        WITHIN,
      );
      expect(databaseFailure(await toFailure(writeOrder()))).toBe('unavailable');
      await rename(`${name}_gone`, name);
      await inParallel(async () => expect(await writeOrder()).toBe(0));
    });

    it('refused-login: a permission on a table is revoked, and back', async () => {
      await writeOrder();
      await test.admin.query(`REVOKE UPDATE ON orders FROM ${login}`);
      const error = await toFailure(writeOrder());
      expect(databaseFailure(error)).toBe('unavailable');
      expect(databaseReason(error)).toMatch(/^the login of this service lacks a permission/);
      await test.admin.query(`GRANT UPDATE ON orders TO ${login}`);
      expect(await writeOrder()).toBe(0);
    });
  });
});
