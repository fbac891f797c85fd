import { databaseFailure } from '@lmt/postgres';
import { createTestDatabase, type TestDatabase } from '@lmt/postgres/test-database';
import { startTcpProxy, type TcpProxy } from '@lmt/stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectOrderDatabase, migrateOrderDatabase, type OrderDatabase } from './index.js';

let test: TestDatabase<OrderDatabase>;
let proxy: TcpProxy;
let database: OrderDatabase;
beforeAll(async () => {
  test = await createTestDatabase({
    adminUrl: inject('adminUrl'),
    name: 'connect',
    side: 'order',
    migrate: migrateOrderDatabase,
    connect: (options) => connectOrderDatabase({ ...options, silenceMs: 2_000 }),
  });
  proxy = await startTcpProxy(Number(new URL(test.urls.order).port));
  const url = Object.assign(new URL(test.urls.order), { port: String(proxy.port) }).href;
  database = test.connect(url, { applicationName: 'lmt-order', poolSize: 1 });
});
afterAll(async () => {
  await test.close();
  await proxy.close();
});

it('cuts a silent connection, reports the database as unavailable, and continues on a new connection', async () => {
  await database.$queryRaw`SELECT 1`;
  const failure = database.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1`;
    proxy.inject({ kind: 'stall' });
    await tx.$queryRaw`SELECT 2`;
  });
  const error = await failure.then(
    () => null,
    (reason) => reason,
  );
  expect(databaseFailure(error)).toBe('unavailable');
  proxy.inject({ kind: 'pass' });
  expect(await database.$queryRaw`SELECT 3 AS three`).toEqual([{ three: 3 }]);
});

it('never plans a sequential scan, however small a table was when the plan was made', async () => {
  const [setting] = await database.$queryRaw<{ enable_seqscan: string }[]>`SHOW enable_seqscan`;
  expect(setting?.enable_seqscan).toBe('off');
});
