import { randomUUID } from 'node:crypto';
import type { SqlClient } from '@lmt/postgres';
import { createStallDetector, retryOnConflict } from '@lmt/resilience';
import { createMetrics } from '@lmt/service-kit';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aCancellation,
  aPlacement,
  collectResults,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  toInbound,
} from '../inventory.fixture.js';
import { createOrderConsumer } from './consume-orders.js';
import type { OrderMessage } from './decode-message.js';
import { isConflict, processOrders } from './process-orders.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
let other: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer();
  other = db.connectConsumer();
});
beforeEach(() => db.empty());
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(() => db.close());

const now = () => new Date('2026-01-01T00:00:01.000Z');
const run = async (messages: readonly OrderMessage[], database = inventory) =>
  (await retryOnConflict(() => processOrders(database, messages, { now }), { isConflict })).applied.map(
    ({ result }) => result.outcome,
  );
async function readStatus(orderId: string) {
  return (await db.snapshot()).reservations.get(orderId);
}

describe('cancelling an order', () => {
  it('gives back exactly the deducted stock, once, despite redeliveries', async () => {
    await db.stock({ KEYBOARD: 5, MOUSE: 5 });
    const placement = aPlacement({ KEYBOARD: 2, MOUSE: 1 });
    const cancelling = aCancellation(placement.key);
    expect(await run([placement])).toEqual(['SUCCEEDED']);
    expect(await run([cancelling])).toEqual(['SUCCEEDED']);
    const { stock, movements } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 5, MOUSE: 5 });
    const released = movements.filter(({ kind }) => kind === 'RELEASE');
    expect(released.map(({ order_id, sku, delta }) => [order_id, sku, delta])).toEqual([
      [placement.key, 'KEYBOARD', 2],
      [placement.key, 'MOUSE', 1],
    ]);

    expect(await run([cancelling, placement, aCancellation(placement.key)])).toEqual(
      Array(3).fill('SUCCEEDED'),
    );
    expect(await run([aPlacement({ MOUSE: 5 }, { orderId: placement.key })])).toEqual(['REJECTED']);
    expect((await db.snapshot()).movements).toHaveLength(movements.length);
    expect(await readStatus(placement.key)).toBe('RELEASED');
  });

  it('before it was placed leaves a tombstone, and the placement deducts nothing', async () => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 2 });
    expect(await run([aCancellation(placement.key)])).toEqual(['SUCCEEDED']);
    expect(await readStatus(placement.key)).toBe('CANCELLED');
    const { applied } = await processOrders(inventory, [placement], { now });
    expect(applied[0]?.result).toMatchObject({ outcome: 'REJECTED', reason: 'the order was cancelled' });
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 5 });
    expect(await readStatus(placement.key)).toBe('CANCELLED');
  });

  it('that was rejected moves no stock and keeps its reason', async () => {
    await db.stock({ KEYBOARD: 1 });
    const placement = aPlacement({ KEYBOARD: 2 });
    expect(await run([placement])).toEqual(['REJECTED']);
    expect(await run([aCancellation(placement.key)])).toEqual(['SUCCEEDED']);
    expect(await readStatus(placement.key)).toBe('REJECTED');
  });

  it.each([
    ['placed first', (p: OrderMessage, c: OrderMessage) => [p, c], ['SUCCEEDED', 'SUCCEEDED'], 'RELEASED'],
    ['cancelled first', (p: OrderMessage, c: OrderMessage) => [c, p], ['SUCCEEDED', 'REJECTED'], 'CANCELLED'],
  ])('in one batch with its placement, %s', async (_name, order, outcomes, status) => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 2 });
    expect(await run(order(placement, aCancellation(placement.key)))).toEqual(outcomes);
    expect(await readStatus(placement.key)).toBe(status);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 5 });
  });

  it('frees stock for the next order of the batch', async () => {
    await db.stock({ KEYBOARD: 1 });
    const first = aPlacement({ KEYBOARD: 1 });
    await run([first]);
    const outcomes = await run([aCancellation(first.key), aPlacement({ KEYBOARD: 1 })]);
    expect(outcomes).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const { movements } = await db.snapshot();
    expect(movements.map(({ kind }) => kind)).toEqual(['ADJUST', 'DEDUCT', 'RELEASE', 'DEDUCT']);
  });

  it('logs releases, tombstones and cancellations of rejected orders', async () => {
    await db.stock({ KEYBOARD: 5 });
    const { logger, lines } = recordLog();
    const results = collectResults();
    const metrics = createMetrics('inventory');
    const { consume } = createOrderConsumer({
      database: inventory,
      results,
      source: { system: 'kafka', topic: 'order-events', group: 'inventory' },
      logger,
      metrics,
      now,
      sleep: async () => {},
      stallDetector: createStallDetector({ activity: 'a batch' }),
    });
    const [served, refused, early] = [aPlacement({ KEYBOARD: 2 }), aPlacement({ NOPE: 1 }), aCancellation()];
    await consume(
      [served, refused, aCancellation(served.key), aCancellation(refused.key), early].map(toInbound),
    );
    expect(lines.map(({ msg, sku, quantity, left, orderId }) => [msg, sku, quantity, left, orderId])).toEqual(
      [
        ['deducted', 'KEYBOARD', 2, 3, served.key],
        ['rejected', undefined, undefined, undefined, refused.key],
        ['stock released', 'KEYBOARD', 2, 5, served.key],
        ['cancelled, nothing had been deducted', undefined, undefined, undefined, refused.key],
        ['cancelled before it was placed', undefined, undefined, undefined, early.key],
      ],
    );
  });
});

describe('two processes with messages about the same orders', () => {
  const placements = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      aPlacement(index % 2 === 0 ? { KEYBOARD: 1, MOUSE: 2 } : { MOUSE: 1, KEYBOARD: 2 }),
    );
  const toCancellations = (messages: readonly OrderMessage[]) =>
    messages.map(({ key }) => aCancellation(key));

  it.each([
    ['the placement', 'RELEASED'],
    ['the cancellation', 'CANCELLED'],
  ])('wait for each other when %s arrives first and is not committed yet', async (first, status) => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 2 });
    const both = [placement, aCancellation(placement.key)];
    const [leader, follower] = first === 'the placement' ? both : both.toReversed();
    // The leader inserts the reservation, then waits for a movement of its other order.
    const second = aPlacement({ KEYBOARD: 1 });
    const held = await db.lock(
      `INSERT INTO stock_movements (order_id, sku, kind, delta) VALUES ('${second.key}', 'KEYBOARD', 'DEDUCT', -1)`,
    );
    const leading = run([leader as OrderMessage, second]);
    await db.untilWaiting(1);
    const following = run([follower as OrderMessage], other);
    await db.untilWaiting(2);
    await held.release();
    await Promise.all([leading, following]);
    expect(await readStatus(placement.key)).toBe(status);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 4 });
  });

  it.each(['placing', 'cancelling'])('decide 200 orders once each when %s starts first', async (first) => {
    await db.stock({ KEYBOARD: 1_000, MOUSE: 1_000 });
    const placing = placements(200);
    const cancelling = toCancellations(placing).toReversed();
    const runs = [() => run(placing), () => run(cancelling, other)];
    if (first === 'cancelling') runs.reverse();
    const outcomes = (await Promise.all(runs.map((start) => start()))).flat();
    expect(outcomes).toHaveLength(400);
    const { stock, reservations } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 1_000, MOUSE: 1_000 });
    expect(reservations.size).toBe(200);
    for (const status of reservations.values()) expect(['RELEASED', 'CANCELLED']).toContain(status);
  });

  it('decide each order once when small batches of placements and cancellations mix at random', async () => {
    await db.stock({ KEYBOARD: 1_000, MOUSE: 1_000 });
    const placing = placements(200);
    const cancelled = placing.slice(0, 120);
    const messages = [...placing, ...toCancellations(cancelled), ...toCancellations(cancelled)]
      .map((message) => ({ message, at: Math.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ message }) => message);
    const processes = [inventory, other, db.connectConsumer()];
    const batches: OrderMessage[][] = [];
    while (messages.length > 0) batches.push(messages.splice(0, 1 + Math.floor(Math.random() * 25)));
    // Two processes apply all batches in order and a third one in reverse, so who is first varies.
    await Promise.all(
      processes.map(async (database, index) => {
        for (const batch of index === 2 ? batches.toReversed() : batches) await run(batch, database);
      }),
    );
    const { stock, reservations } = await db.snapshot();
    const kept = placing.slice(120);
    for (const { key } of kept) expect(reservations.get(key)).toBe('RESERVED');
    for (const { key } of cancelled) expect(['RELEASED', 'CANCELLED']).toContain(reservations.get(key));
    const sold = (sku: string) =>
      kept
        .flatMap(({ payload }) => payload.items)
        .reduce((sum, item) => sum + (item.sku === sku ? item.quantity : 0), 0);
    expect(stock).toEqual({ KEYBOARD: 1_000 - sold('KEYBOARD'), MOUSE: 1_000 - sold('MOUSE') });
  });

  it('release an order once when both receive a cancellation of it', async () => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 2 });
    await run([placement]);
    const held = 'SELECT 1 FROM reservations FOR UPDATE';
    const outcomes = await db.whileLocked(held, 2, () =>
      Promise.all([run([aCancellation(placement.key)]), run([aCancellation(placement.key)], other)]),
    );
    expect(outcomes.flat()).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 5 });
  });

  it('do not deadlock when releases and placements need the same stock', async () => {
    const skus = Array.from({ length: 21 }, (_, index) => `SKU-${String(index).padStart(2, '0')}`);
    await db.stock(Object.fromEntries(skus.toReversed().map((sku) => [sku, 10])));
    const placeEach = (list: readonly string[]) =>
      aPlacement(Object.fromEntries(list.map((sku) => [sku, 1])));
    const earlier = placeEach(skus.toReversed());
    await run([earlier]);
    await db.whileLocked(`SELECT 1 FROM stock_items WHERE sku = '${skus[10]}' FOR UPDATE`, 2, () =>
      Promise.all([run([aCancellation(earlier.key)]), run([placeEach(skus)], other)]),
    );
    expect(new Set(Object.values((await db.snapshot()).stock))).toEqual(new Set([9]));
  });
});

describe('the table stock_movements', () => {
  it('rejects a second release of a sku for one order', async () => {
    await db.stock({ KEYBOARD: 5 });
    const placement = aPlacement({ KEYBOARD: 1 }, { orderId: randomUUID() });
    await run([placement, aCancellation(placement.key)]);
    await expect(
      inventory.$executeRawUnsafe(`INSERT INTO stock_movements (order_id, sku, kind, delta)
        VALUES ('${placement.key}', 'KEYBOARD', 'RELEASE', 1)`),
    ).rejects.toThrow(/stock_movements_order_id_sku_kind_key/);
  });
});
