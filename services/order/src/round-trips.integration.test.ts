import { createSql, databaseFailure, openPool, type SqlClient } from '@lmt/postgres';
import { startWireProxy, type WireProxy } from '@lmt/postgres/wire-proxy';
import { connectOrderDatabase, type OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { INTERNAL_SESSION_SETTINGS, SESSION_SETTINGS } from './database.js';
import { createOrderTestDatabase, type OrderTestDatabase } from './order-database.fixture.js';
import { anOrder } from './orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from './orders/place-orders.js';
import { createPlaceQueue } from './orders/place-queue.js';
import { applyResults } from './results/apply-results.js';

let db: OrderTestDatabase;
let proxy: WireProxy;
let database: OrderDatabase;
let sql: SqlClient;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  const url = new URL(db.urls.order);
  proxy = await startWireProxy(Number(url.port));
  const options = {
    url: Object.assign(url, { port: String(proxy.port) }).href,
    applicationName: 'lmt-order',
    poolSize: 1,
    sessionSettings: SESSION_SETTINGS,
    onConnectionError: () => {},
  };
  database = connectOrderDatabase(options);
  const settings = { ...SESSION_SETTINGS, ...INTERNAL_SESSION_SETTINGS };
  sql = createSql(openPool({ ...options, sessionSettings: settings }));
});
beforeEach(async () => {
  await db.empty();
  // The pools may not have noticed yet that the proxy cut their connections.
  for (const client of [database, sql])
    await vi.waitUntil(() => client.$queryRawUnsafe('SELECT 1').catch(() => false));
});
afterEach(async () => {
  proxy.pass();
  expect(await db.orphans()).toEqual([]);
});
afterAll(async () => {
  await Promise.all([database.$disconnect(), sql.$disconnect()]);
  await db.close();
  await proxy.close();
});

const toResult = ({ id, messageId }: NewOrder, outcome: 'SUCCEEDED' | 'REJECTED' | 'FAILED') => ({
  messageId,
  orderId: id,
  outcome,
  processedAt: '2026-01-01T00:00:00.000Z',
});
const complete = (order: NewOrder, outcome: 'SUCCEEDED' | 'REJECTED' | 'FAILED' = 'SUCCEEDED') =>
  applyResults(sql, [toResult(order, outcome)]);
async function states() {
  const { orders, messages } = await db.snapshot();
  return [...orders, ...messages].map(({ status }) => status);
}

describe('round trips', () => {
  it.each([undefined, 'k'])(
    '3 per lone order with the key %s: 1 to place it, 2 to complete it',
    async (key) => {
      const order = key === undefined ? anOrder() : anOrder({ key });
      expect(await proxy.countRoundTrips(() => placeOrders(database, [order]))).toBe(1);
      expect(await states()).toEqual(['PENDING', 'PENDING']);
      expect(await proxy.countRoundTrips(() => complete(order))).toBe(2);
      expect(await states()).toEqual(['CONFIRMED', 'COMPLETED']);
    },
  );

  it('1 to place and 2 to complete 100 orders together', async () => {
    const orders = Array.from({ length: 100 }, () => anOrder());
    const results = orders.map((order) => toResult(order, 'SUCCEEDED'));
    expect(await proxy.countRoundTrips(() => placeOrders(database, orders))).toBe(1);
    expect(await proxy.countRoundTrips(() => applyResults(sql, results))).toBe(2);
    expect(new Set(await states())).toEqual(new Set(['CONFIRMED', 'COMPLETED']));
  });

  it('2 for a repeated key, and 2 for a repeated result', async () => {
    const order = anOrder({ key: 'k' });
    await placeOrders(database, [order]);
    expect(await proxy.countRoundTrips(() => placeOrders(database, [anOrder({ key: 'k' })]))).toBe(2);
    await complete(order);
    expect(await proxy.countRoundTrips(() => complete(order))).toBe(2);
  });
});

it('the statements of a result are planned once per connection', async () => {
  for (let results = 0; results < 10; results += 1) {
    const order = anOrder();
    await placeOrders(database, [order]);
    await complete(order);
  }
  const plans = await sql.$queryRawUnsafe(
    `SELECT sum(custom_plans)::int AS custom FROM pg_prepared_statements WHERE statement LIKE '%outbox_messages%'
    AND generic_plans >= 10`,
  );
  expect(plans).toEqual([{ custom: 0 }]);
});

describe('a connection that is cut', () => {
  const toFailure = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => null,
      (error) => error,
    );

  it('before it forwards an order places nothing', async () => {
    proxy.cutAtRequest(1);
    expect(databaseFailure(await toFailure(placeOrders(database, [anOrder()])))).toBe('unavailable');
    expect(await states()).toEqual([]);
  });

  it('at the reply to an order leaves an unknown outcome, and a retry finds the order', async () => {
    const queue = createPlaceQueue(
      database,
      recordLog().logger,
      createStallDetector({ activity: 'placing' }),
    );
    proxy.cutAfterReplies(0);
    const failure = await toFailure(queue.submit(anOrder({ key: 'k' })));
    expect(String(failure)).toContain('may have been placed');
    expect(await states()).toEqual(['PENDING', 'PENDING']);
    proxy.pass();
    const retry = vi.waitUntil(() => queue.submit(anOrder({ key: 'k' })).catch(() => null));
    expect(await retry).toMatchObject({ kind: 'replayed' });
  });

  it('after an order is placed rejects only the requests whose earlier order it cannot read', async () => {
    await placeOrders(database, [anOrder({ key: 'k' })]);
    proxy.cutAfterReplies(1);
    const [fresh, repeated] = await placeOrders(database, [anOrder(), anOrder({ key: 'k' })]);
    expect(fresh).toMatchObject({ status: 'fulfilled', value: { kind: 'placed' } });
    expect(databaseFailure(repeated?.status === 'rejected' && repeated.reason)).toBe('unavailable');
    expect((await db.snapshot()).orders).toHaveLength(2);
  });

  // The replies are those to BEGIN, to the read, to the write and to COMMIT.
  it.each([
    [0, ['PENDING', 'PENDING']],
    [1, ['PENDING', 'PENDING']],
    [3, ['CONFIRMED', 'COMPLETED']],
  ])(
    'after %i replies to a result is a failure, and a retry finishes the message',
    async (replies, expected) => {
      const order = anOrder();
      await placeOrders(database, [order]);
      proxy.cutAfterReplies(replies);
      expect(databaseFailure(await toFailure(complete(order)))).toBe('unavailable');
      expect(await states()).toEqual(expected);
      proxy.pass();
      await vi.waitUntil(() => complete(order).catch(() => false));
      expect(await states()).toEqual(['CONFIRMED', 'COMPLETED']);
    },
  );
});
