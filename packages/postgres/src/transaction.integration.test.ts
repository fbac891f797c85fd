import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { databaseFailure } from './database-error.js';
import {
  alone,
  createEntries,
  insert,
  lock,
  lockThenWrite,
  readIds,
  toFailure,
  unmarked,
  type Work,
  write,
  writeFirst,
  writeLast,
} from './entries.fixture.js';
import type { SqlClient } from './sql.js';
import type { TestDatabase } from './test-database.fixture.js';
import { andCommit, type TransactionSql } from './transaction.js';
import { startWireProxy, type WireProxy } from './wire-proxy.fixture.js';

let test: TestDatabase<SqlClient>;
let proxy: WireProxy;
let database: SqlClient;

beforeAll(async () => {
  test = await createEntries();
  proxy = await startWireProxy(Number(new URL(test.urls.order).port));
});
beforeEach(async () => {
  await test.admin.query('TRUNCATE entries; INSERT INTO entries VALUES (0)');
  database = await connect();
});
afterEach(async () => {
  proxy.pass();
  // The pool's only connection is outside a transaction, so its next statement commits.
  await vi.waitUntil(async () => (await toFailure(database.$executeRawUnsafe(insert(99)))) === null);
  expect(await readIds(test)).toContain(99);
  // The server notices a cut connection only when it reads from it.
  const open = `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`;
  const poll = { timeout: 10_000 };
  await expect.poll(async () => (await test.admin.query(open)).rows, poll).toEqual([]);
  await database.$disconnect();
});
afterAll(async () => {
  await test.close();
  await proxy.close();
});

async function connect(sessionSettings: Readonly<Record<string, string>> = {}): Promise<SqlClient> {
  const url = Object.assign(new URL(test.urls.order), { port: String(proxy.port) }).href;
  const connected = test.connect(url, { applicationName: 'lmt-order', poolSize: 1, sessionSettings });
  await connected.$queryRawUnsafe('SELECT 1');
  return connected;
}

describe('round trips', () => {
  it.each<[string, number, Work, number[]]>([
    ['no statement', 0, async () => {}, []],
    ['one statement, marked', 1, alone, [1]],
    ['a read, then a marked write', 2, lockThenWrite, [1]],
    ['a read, then a write, then COMMIT', 3, unmarked, [1]],
    ['BEGIN, then a write, then a marked write', 3, writeFirst, [1, 2]],
  ])('%s: %i', async (_, expected, work, written) => {
    expect(await proxy.countRoundTrips(() => database.$transaction(work))).toBe(expected);
    expect(await readIds(test)).toEqual(written);
  });

  it('a rollback before the first statement: 0', async () => {
    const work = () => toFailure(database.$transaction(async () => Promise.reject(new Error('refused'))));
    expect(await proxy.countRoundTrips(work)).toBe(0);
  });

  it('returns the rows of a marked statement', async () => {
    const returning = andCommit(`${insert(1)} RETURNING id`);
    expect(await database.$transaction((tx) => tx.$queryRawUnsafe(returning))).toEqual([{ id: 1 }]);
  });
});

describe('a statement that fails', () => {
  it.each<[string, Work]>([
    ['the first', (tx) => tx.$queryRawUnsafe('SELECT 1 / 0')],
    ['a lone marked one', (tx) => tx.$executeRawUnsafe(andCommit('INSERT INTO entries SELECT 1 / 0'))],
    [
      'a marked one after a write',
      async (tx) => {
        await write(tx, 1);
        await tx.$executeRawUnsafe(andCommit('INSERT INTO entries SELECT 1 / 0'));
      },
    ],
    [
      'a lone marked one at its commit',
      (tx) => tx.$executeRawUnsafe(andCommit('INSERT INTO entries VALUES (1), (1)')),
    ],
    ['a marked one at its COMMIT', async (tx) => lock(tx).then(() => writeLast(tx, 0))],
    ['an unmarked one at the COMMIT', (tx) => write(tx, 0)],
  ])('rolls back and rejects with its error: %s', async (_, work) => {
    expect(databaseFailure(await toFailure(database.$transaction(work)))).toBe('data');
    expect(await readIds(test)).toEqual([]);
  });

  it.each<[string, (statement: string) => string]>([
    ['unmarked', (statement) => statement],
    ['marked', andCommit],
  ])('and whose error is caught is not a success: %s', async (_, mark) => {
    const failure = database.$transaction(async (tx) => {
      await write(tx, 1);
      await tx.$executeRawUnsafe(mark('INSERT INTO entries SELECT 1 / 0')).catch(() => {});
    });
    expect(await toFailure(failure)).not.toBeNull();
    expect(await readIds(test)).toEqual([]);
  });

  it('before it is sent, because of its values, rolls back', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const failure = database.$transaction(async (tx) => {
      await write(tx, 1);
      await tx.$executeRawUnsafe(andCommit('INSERT INTO entries SELECT $1::integer'), circular);
    });
    expect(String(await toFailure(failure))).toContain('circular');
    expect(await readIds(test)).toEqual([]);
  });

  it('because it follows the marked one is not sent', async () => {
    const failure = database.$transaction(async (tx) => {
      await writeLast(tx, 1);
      await write(tx, 2);
    });
    expect(String(await toFailure(failure))).toContain('follows the last one');
    expect(await readIds(test)).toEqual([1]);
  });
});

describe('a statement that outlives its callback', () => {
  it('is rolled back with the others if it waits for BEGIN', async () => {
    let writing: Promise<unknown> | undefined;
    const failure = database.$transaction(async (tx) => {
      writing = toFailure(write(tx, 1));
      throw new Error('refused');
    });
    expect(String(await toFailure(failure))).toContain('refused');
    await writing;
    expect(await readIds(test)).toEqual([]);
  });

  it.each<[string, Work]>([
    ['committed', lockThenWrite],
    ['rolled back', (tx) => write(tx, 0)],
    ['without statements', async () => {}],
  ])('is refused after the end of its transaction: %s', async (_, work) => {
    let leaked: TransactionSql | undefined;
    await toFailure(
      database.$transaction((tx) => {
        leaked = tx;
        return work(tx);
      }),
    );
    const failure = leaked === undefined ? null : await toFailure(write(leaked, 2));
    expect(String(failure)).toContain('follows the last one');
    expect(await readIds(test)).not.toContain(2);
  });
});

describe('a BEGIN that fails', () => {
  const works: [string, Work][] = [
    ['a read, then a write', lockThenWrite],
    ['a write first', writeFirst],
    ['concurrent writes', (tx) => Promise.all([write(tx, 1), write(tx, 2)])],
  ];

  it.each(works)('on a connection that survives lets no statement take effect: %s', async (_, work) => {
    proxy.replaceInRequests('BEGIN', 'BEGIM');
    const failure = await toFailure(database.$transaction(work));
    expect(failure).toMatchObject({ code: '42601' });
    expect(await readIds(test)).toEqual([]);
  });

  it.each([...works, ['one statement', alone] as const])(
    'because the session has ended is unavailable: %s',
    async (_, work) => {
      const failure = database.$transaction(async (tx) => {
        await test.admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'lmt-order'`,
        );
        await work(tx);
      });
      expect(databaseFailure(await toFailure(failure))).toBe('unavailable');
      expect(await readIds(test)).toEqual([]);
    },
  );
});

it('closes a connection whose ROLLBACK fails, instead of returning it to the pool', async () => {
  const failure = database.$transaction(async (tx) => {
    await write(tx, 1);
    proxy.replaceInRequests('ROLLBACK', 'ROLLBAKK');
    throw new Error('refused');
  });
  expect(String(await toFailure(failure))).toContain('refused');
  proxy.pass();
  expect(await database.$executeRawUnsafe(insert(2))).toBe(1);
  expect(await readIds(test)).toEqual([2]);
});

describe('a connection that is cut', () => {
  it.each<[string, number, Work]>([
    ['one statement', 1, alone],
    ['a read', 1, lockThenWrite],
    ['a marked write after a read', 2, lockThenWrite],
    ['a COMMIT', 3, unmarked],
    ['a BEGIN', 1, writeFirst],
    ['a marked write after a write', 3, writeFirst],
  ])('before it forwards %s, in request %i, commits nothing', async (_, request, work) => {
    proxy.cutAtRequest(request);
    expect(databaseFailure(await toFailure(database.$transaction(work)))).toBe('unavailable');
    expect(await readIds(test)).toEqual([]);
  });

  it.each<[string, number, Work, number[]]>([
    ['one statement', 0, alone, [1]],
    ['BEGIN', 0, lockThenWrite, []],
    ['a read', 1, lockThenWrite, []],
    ['COMMIT', 3, lockThenWrite, [1]],
    ['COMMIT', 3, unmarked, [1]],
    ['COMMIT', 3, writeFirst, [1, 2]],
  ])('at the reply to %s, after %i replies, is never a success', async (_, replies, work, written) => {
    proxy.cutAfterReplies(replies);
    expect(databaseFailure(await toFailure(database.$transaction(work)))).toBe('unavailable');
    expect(await readIds(test)).toEqual(written);
  });
});

it('a time limit of idle transactions that ends the session rolls back', async () => {
  const hasty = await connect({ idle_in_transaction_session_timeout: '50' });
  const failure = hasty.$transaction(async (tx) => {
    await write(tx, 1);
    await vi.waitUntil(async () => {
      const { rows } = await test.admin.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
      );
      return rows.length === 0;
    });
    await writeLast(tx, 2);
  });
  expect(databaseFailure(await toFailure(failure))).toBe('unavailable');
  expect(await readIds(test)).toEqual([]);
  expect(await hasty.$executeRawUnsafe(insert(3))).toBe(1);
});
