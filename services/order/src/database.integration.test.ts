import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, beforeAll, it } from 'vitest';
import { connectDatabases } from './database.js';
import { createOrderTestDatabase, type OrderTestDatabase } from './order-database.fixture.js';
import { anOrder } from './orders/an-order.fixture.js';
import { placeOrders } from './orders/place-orders.js';

let db: OrderTestDatabase;
beforeAll(async () => {
  db = await createOrderTestDatabase();
});
afterAll(() => db.close());

it('slow statements of readers, operators, results and counts leave connections for orders', async () => {
  const { database, ...others } = connectDatabases(db.urls.order, recordLog().logger, () => {});
  const lock = await db.lock('SELECT pg_advisory_xact_lock(7)');
  const slow = Object.values(others).flatMap((pool) =>
    Array.from({ length: 20 }, () => pool.$executeRawUnsafe('SELECT pg_advisory_xact_lock_shared(7)')),
  );
  const settled = Promise.allSettled(slow);
  await db.untilWaiting(9);
  await database.$queryRaw`SELECT 1`;
  await lock.release();
  await placeOrders(database, [anOrder()]);
  await settled;
  await Promise.all([database, ...Object.values(others)].map((pool) => pool.$disconnect()));
});
