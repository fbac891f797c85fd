import type { MessageResult } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from '../orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from '../orders/place-orders.js';
import { type ServedOrders, serveOrders } from '../served-orders.fixture.js';

let db: OrderTestDatabase;
let database: OrderDatabase;
let service: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  database = db.connect();
});
beforeEach(async () => {
  await db.empty();
  service = await serveOrders(database);
});
afterEach(() => service.close());
afterAll(() => db.close());

const send = (orders: readonly NewOrder[], outcome: MessageResult['outcome']) =>
  service.report({
    results: orders.map(({ id, messageId }) => ({
      messageId,
      orderId: id,
      outcome,
      reason: 'out of stock',
      processedAt: '2026-01-01T00:00:00.000Z',
    })),
  });

/** Returns the lines that one call writes. */
async function written() {
  const before = service.log.length;
  await service.logProgress();
  return service.log.slice(before).map(({ level, time, service: _, ...line }) => line);
}

describe('the progress log', () => {
  it('writes nothing while the system is idle', async () => {
    expect(await written()).toEqual([]);
  });

  it('counts open and newly finished orders, then logs once that all are finished', async () => {
    const orders = Array.from({ length: 6 }, () => anOrder());
    await placeOrders(database, orders);
    await db.admin.query(
      `UPDATE outbox_messages SET status = 'PUBLISHED', created_at = now() - interval '1 hour' WHERE id = $1`,
      [orders[5]?.messageId],
    );
    const [first, ...more] = await written();
    expect(more).toEqual([]);
    expect(first).toEqual({
      msg: 'in progress',
      PENDING: 6,
      unpublished: 5,
      withoutResult: 1,
      oldestSeconds: expect.closeTo(3_600, -2),
    });

    await send(orders.slice(0, 3), 'SUCCEEDED');
    await send(orders.slice(3, 5), 'REJECTED');
    expect(await written()).toEqual([
      {
        msg: 'in progress',
        PENDING: 1,
        newCONFIRMED: 3,
        newREJECTED: 2,
        withoutResult: 1,
        oldestSeconds: expect.any(Number),
      },
    ]);
    await send(orders.slice(5), 'SUCCEEDED');
    expect(await written()).toEqual([{ msg: 'all finished', newCONFIRMED: 1 }]);
    expect(await written()).toEqual([]);
  });

  it('reports a dead message once, although its order stays open', async () => {
    const order = anOrder();
    await placeOrders(database, [order]);
    await send([order], 'FAILED');
    expect(await written()).toEqual([{ msg: 'dead messages need an operator', PENDING: 1, dead: 1 }]);
    expect(await written()).toEqual([]);
  });

  it('writes nothing and does not reject while the database is down', async () => {
    const alone = await serveOrders(db.connectToNothing());
    await alone.logProgress();
    expect(alone.log.filter(({ level }) => level !== 'debug')).toEqual([]);
    await alone.close();
  });
});
