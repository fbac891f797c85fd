// Test fixture: a database with one table, and transactions on it.
import { inject } from 'vitest';
import { openPool } from './open-pool.js';
import { createSql, type SqlClient } from './sql.js';
import { createTestDatabase, type TestDatabase } from './test-database.fixture.js';
import { andCommit, type TransactionSql } from './transaction.js';

export type Work = (tx: TransactionSql) => Promise<unknown>;

/** Creates the table `entries`, whose primary key is checked at the commit. */
export async function createEntries(): Promise<TestDatabase<SqlClient>> {
  const test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'transaction',
    side: 'order',
    migrate: async () => {},
    connect: (options) => createSql(openPool(options)),
  });
  await test.admin.query(`
    CREATE TABLE entries (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);
    GRANT SELECT, INSERT, UPDATE ON entries TO PUBLIC`);
  return test;
}

export async function readIds({ admin }: TestDatabase<SqlClient>): Promise<number[]> {
  const { rows } = await admin.query<{ id: number }>('SELECT id FROM entries WHERE id > 0 ORDER BY id');
  return rows.map(({ id }) => id);
}

export const toFailure = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => null,
    (error: unknown) => error,
  );

export const LOCK = 'SELECT id FROM entries WHERE id = 0 FOR UPDATE';
export const insert = (id: number) => `INSERT INTO entries VALUES (${id})`;
export const lock = (tx: TransactionSql) => tx.$queryRawUnsafe(LOCK);
export const write = (tx: TransactionSql, id: number) => tx.$executeRawUnsafe(insert(id));
export const writeLast = (tx: TransactionSql, id: number) => tx.$executeRawUnsafe(andCommit(insert(id)));

export const alone: Work = (tx) => writeLast(tx, 1);
export const lockThenWrite: Work = async (tx) => {
  await lock(tx);
  return writeLast(tx, 1);
};
export const unmarked: Work = async (tx) => {
  await lock(tx);
  await write(tx, 1);
};
export const writeFirst: Work = async (tx) => {
  await write(tx, 1);
  await writeLast(tx, 2);
};
