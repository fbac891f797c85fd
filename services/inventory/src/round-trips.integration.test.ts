import { createSql, openPool, type SqlClient } from '@lmt/postgres';
import { startWireProxy, type WireProxy } from '@lmt/postgres/wire-proxy';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { OrderMessage } from './consume/decode-message.js';
import { processOrders } from './consume/process-orders.js';
import { CONSUMER_SESSION_SETTINGS } from './database.js';
import {
  aCancellation,
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
} from './inventory.fixture.js';

let db: InventoryTestDatabase;
let proxy: WireProxy;
let sql: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  const url = new URL(db.urls.inventory);
  proxy = await startWireProxy(Number(url.port));
  sql = createSql(
    openPool({
      url: Object.assign(url, { port: String(proxy.port) }).href,
      applicationName: 'lmt-inventory',
      poolSize: 1,
      sessionSettings: CONSUMER_SESSION_SETTINGS,
      onConnectionError: () => {},
    }),
  );
});
beforeEach(async () => {
  await db.empty();
  await db.stock({ A: 1_000, B: 1_000 });
  await sql.$queryRawUnsafe('SELECT 1');
});
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(async () => {
  await sql.$disconnect();
  await db.close();
  await proxy.close();
});

const consume = (...messages: OrderMessage[]) => processOrders(sql, messages, { now: () => new Date() });
const roundTrips = (...messages: OrderMessage[]) => proxy.countRoundTrips(() => consume(...messages));

it('2 round trips for a placement, its redelivery, and its cancellation', async () => {
  const placement = aPlacement({ A: 1, B: 2 });
  expect(await roundTrips(placement)).toBe(2);
  expect((await db.snapshot()).stock).toEqual({ A: 999, B: 998 });
  expect(await roundTrips(placement)).toBe(2);
  expect(await roundTrips(aCancellation(placement.key))).toBe(2);
  expect((await db.snapshot()).stock).toEqual({ A: 1_000, B: 1_000 });
});

it('2 round trips for 100 orders together', async () => {
  expect(await roundTrips(...Array.from({ length: 100 }, () => aPlacement({ A: 1 })))).toBe(2);
  expect((await db.snapshot()).stock).toEqual({ A: 900, B: 1_000 });
});

// The replies are those to BEGIN, to the read, to the write and to COMMIT.
it.each([
  [0, 10],
  [1, 10],
  [3, 9],
])('cut after %i replies, a consumption fails, and its repetition deducts once', async (replies, left) => {
  await db.stock({ C: 10 });
  const placement = aPlacement({ C: 1 });
  proxy.cutAfterReplies(replies);
  await expect(consume(placement)).rejects.toThrow();
  expect((await db.snapshot()).stock).toMatchObject({ C: left });
  proxy.pass();
  const repeated = await vi.waitUntil(() => consume(placement).catch(() => null));
  expect(repeated.applied).toMatchObject([{ result: { outcome: 'SUCCEEDED' }, fresh: left === 10 }]);
  expect((await db.snapshot()).stock).toMatchObject({ C: 9 });
});

it('the statements of a message are planned once per connection', async () => {
  for (let orders = 0; orders < 10; orders += 1) await consume(aPlacement({ A: 1 }));
  const plans = await sql.$queryRawUnsafe(
    `SELECT sum(custom_plans)::int AS custom FROM pg_prepared_statements
    WHERE statement LIKE '%inbox_messages%' AND generic_plans >= 10`,
  );
  expect(plans).toEqual([{ custom: 0 }]);
});
