import { randomUUID } from 'node:crypto';
import { databaseFailure, type OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from './an-order.fixture.js';
import { type NewOrder, type Placement, placeOrders } from './place-orders.js';
import { createPlaceQueue } from './place-queue.js';

const queueOn = (database: OrderDatabase, logger = recordLog().logger) =>
  createPlaceQueue(database, logger, createStallDetector({ activity: 'placing' }));

let db: OrderTestDatabase;
let mine: OrderDatabase;
let theirs: OrderDatabase;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  mine = db.connect();
  theirs = db.connect();
});
beforeEach(() => db.empty());
afterEach(async () => {
  await db.withdrawFailure();
  expect(await db.orphans()).toEqual([]);
});
afterAll(() => db.close());

/** Places orders and returns the placements. */
const place = async (database: OrderDatabase, orders: readonly NewOrder[]): Promise<Placement[]> =>
  (await placeOrders(database, orders)).map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
const toKinds = (placements: readonly Placement[]) => placements.map(({ kind }) => kind);
const toOrders = (placements: readonly Placement[]) =>
  placements.flatMap((placement) => (placement.kind === 'key-reused' ? [] : [placement.order]));
const nothing = { orders: [], items: [], messages: [] };

describe('placing orders', () => {
  it('writes the order, its items and its message', async () => {
    const order = anOrder();
    const [placement] = await place(mine, [order]);
    expect(placement).toEqual({
      kind: 'placed',
      order: {
        id: order.id,
        customerId: 'ada',
        status: 'PENDING',
        items: order.items,
        messageId: order.messageId,
        createdAt: expect.any(String),
      },
    });
    const { orders, items, messages } = await db.snapshot();
    expect(orders).toMatchObject([{ id: order.id, status: 'PENDING', message_id: order.messageId }]);
    expect(items.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ['MOUSE', 1],
      ['KEYBOARD', 2],
    ]);
    expect(messages).toMatchObject([
      {
        id: order.messageId,
        topic: 'order-events',
        key: order.id,
        type: 'order.placed.v1',
        status: 'PENDING',
        payload: { orderId: order.id, customerId: 'ada', items: order.items },
        headers: { traceparent: order.traceparent },
      },
    ]);
  });

  it.each([
    ['orders', 'statement'],
    ['orders', 'commit'],
    ['order_items', 'statement'],
    ['order_items', 'commit'],
    ['outbox_messages', 'statement'],
    ['outbox_messages', 'commit'],
  ] as const)('leaves no part of an order when writing %s fails at the %s', async (table, when) => {
    await db.injectFailure(table, 'INSERT', when);
    await expect(place(mine, [anOrder(), anOrder()])).rejects.toThrow(/injected/);
    expect(await db.snapshot()).toEqual(nothing);
  });

  it('writes nothing when the session is killed before the commit', async () => {
    const key = randomUUID();
    const locked = await db.lock('LOCK outbox_messages IN EXCLUSIVE MODE');
    const placing = place(mine, [anOrder({ key })]).catch((error: unknown) => error);
    const [pid] = await db.untilWaiting(1);
    await db.admin.query('SELECT pg_terminate_backend($1)', [pid]);
    const failure = await placing;
    await locked.release();
    expect(databaseFailure(failure)).toBe('unavailable');
    expect(await db.snapshot()).toEqual(nothing);
    expect(toKinds(await place(mine, [anOrder({ key })]))).toEqual(['placed']);
  });

  it('returns the first order for the same key and body, and key-reused for another body', async () => {
    const [first] = await place(mine, [anOrder({ key: 'k' })]);
    const later = await place(theirs, [
      anOrder({ key: 'k' }),
      anOrder({ key: 'k', body: 'other' }),
      anOrder({ key: 'new' }),
      anOrder(),
    ]);
    expect(toKinds(later)).toEqual(['replayed', 'key-reused', 'placed', 'placed']);
    expect(later[0]).toEqual({ ...first, kind: 'replayed' });
    expect((await db.snapshot()).orders).toHaveLength(3);
  });

  it('places one order for a key that occurs 20 times in one batch, with equal answers', async () => {
    const placements = await place(
      mine,
      Array.from({ length: 20 }, () => anOrder({ key: 'k' })),
    );
    expect(toKinds(placements).sort()).toEqual(['placed', ...Array(19).fill('replayed')]);
    expect(new Set(toOrders(placements).map((order) => JSON.stringify(order))).size).toBe(1);
    expect((await db.snapshot()).messages).toHaveLength(1);
  });

  it('key-squatting: one key of several customers in one batch places an order for each of them', async () => {
    const customers = ['bob', 'ada', 'bob', 'eve', 'ada', 'a b', 'b'];
    const batch = (key: string) => customers.map((customerId) => anOrder({ customerId, key }));
    const first = await place(mine, [...batch('k'), anOrder({ customerId: 'eve', key: 'k', body: 'x' })]);
    expect(toKinds(first).sort()).toEqual(['key-reused', ...Array(5).fill('placed'), 'replayed', 'replayed']);
    const again = await place(theirs, batch('k'));
    expect(toKinds(again)).toEqual(Array(7).fill('replayed'));
    expect(toOrders(again).map(({ customerId }) => customerId)).toEqual(customers);
    expect(toOrders(again)).toEqual(toOrders(first).slice(0, 7));
  });

  it('places one of two bodies with one key in one batch and rejects the other', async () => {
    const placements = await place(mine, [
      anOrder({ key: 'k', body: 'one' }),
      anOrder({ key: 'k', body: 'two' }),
    ]);
    expect(toKinds(placements).sort()).toEqual(['key-reused', 'placed']);
    expect((await db.snapshot()).orders).toHaveLength(1);
  });

  it('places an order whose key another transaction inserted and rolled back', async () => {
    const held = `INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
      VALUES (gen_random_uuid(), 'ada', 'k', 'x', gen_random_uuid())`;
    const placements = await db.whileLocked(held, 1, () => place(mine, [anOrder({ key: 'k' })]));
    expect(toKinds(placements)).toEqual(['placed']);
  });

  it('does not deadlock for two batches with the same keys in opposite order', async () => {
    const keys = Array.from({ length: 21 }, (_, index) => `key-${String(index).padStart(2, '0')}`);
    const held = `INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
      VALUES (gen_random_uuid(), 'ada', '${keys[10]}', 'x', gen_random_uuid())`;
    const batch = (order: readonly string[]) => order.map((key) => anOrder({ key }));
    const both = await db.whileLocked(held, 2, () =>
      Promise.all([place(mine, batch(keys)), place(theirs, batch(keys.toReversed()))]),
    );
    expect(toKinds(both.flat()).sort()).toEqual([...Array(21).fill('placed'), ...Array(21).fill('replayed')]);
    expect((await db.snapshot()).orders).toHaveLength(21);
  });
});

describe('placing orders in shared transactions', () => {
  it('places one order for 20 concurrent requests with one key to two processes', async () => {
    const queues = [queueOn(mine), queueOn(theirs)];
    const placements = await Promise.all(
      Array.from({ length: 20 }, (_, index) => queues[index % 2]?.submit(anOrder({ key: 'k' })) as never),
    );
    expect(toKinds(placements).sort()).toEqual(['placed', ...Array(19).fill('replayed')]);
    expect(new Set(toOrders(placements).map((order) => JSON.stringify(order))).size).toBe(1);
    expect((await db.snapshot()).messages).toHaveLength(1);
  });

  it('fails only the bad row in a batch of 50', async () => {
    const { logger, lines } = recordLog();
    const queue = queueOn(mine, logger);
    const orders = Array.from({ length: 50 }, (_, index) =>
      anOrder({ key: `key-${index}`, items: [{ sku: 'KEYBOARD', quantity: index === 23 ? 0 : 1 }] }),
    );
    const outcomes = await Promise.allSettled(orders.map((order) => queue.submit(order)));
    const failed = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(failed).toEqual([23]);
    expect(
      lines.filter(({ msg }) => msg === 'batch rolled back; placing its orders one by one'),
    ).toHaveLength(1);
    const { orders: rows, messages } = await db.snapshot();
    expect(rows.map(({ id }) => id)).toEqual(orders.flatMap(({ id }, index) => (index === 23 ? [] : [id])));
    expect(messages).toHaveLength(49);
  });

  it('table-lock: an order that is sent at its deadline gets the true answer, and a waiting order is not placed', async () => {
    const patient = db.connect({ lock_timeout: '0', statement_timeout: '0' });
    const stallDetector = createStallDetector({ activity: 'placing' });
    const queue = createPlaceQueue(patient, recordLog().logger, stallDetector, { answerMs: 1_000 });
    const lock = await db.lock('LOCK TABLE orders IN SHARE MODE');
    const sent = queue.submit(anOrder({ key: 'k' }));
    await db.untilWaiting(1);
    await expect(queue.submit(anOrder())).rejects.toThrow('will not be placed later');
    await expect(queue.submit(anOrder())).rejects.toThrow('will not be placed later');
    await lock.release();
    expect(toKinds([await sent])).toEqual(['placed']);
    await queue.drain();
    expect((await db.snapshot()).orders).toHaveLength(1);
    expect(toKinds([await queue.submit(anOrder({ key: 'k' }))])).toEqual(['replayed']);
  });

  it('table-lock: an order whose key a forgotten session holds delays no other order', async () => {
    const held =
      await db.lock(`INSERT INTO orders (id, customer_id, idempotency_key, request_hash, message_id)
      VALUES (gen_random_uuid(), 'ada', 'held', 'x', gen_random_uuid())`);
    const queue = queueOn(mine);
    const orders = [anOrder({ key: 'a' }), anOrder({ key: 'held' }), anOrder(), anOrder({ key: 'b' })];
    const outcomes = await Promise.allSettled(orders.map((order) => queue.submit(order)));
    await held.release();
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((await db.snapshot()).orders).toHaveLength(3);
  });

  it('fails all at once while the database is down', async () => {
    const queue = queueOn(db.connectToNothing());
    const outcomes = await Promise.allSettled([queue.submit(anOrder()), queue.submit(anOrder())]);
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && databaseFailure(outcome.reason)).toBe('unavailable');
    }
  });
});
