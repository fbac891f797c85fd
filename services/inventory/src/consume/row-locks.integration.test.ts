import { randomUUID } from 'node:crypto';
import { databaseFailure, type SqlClient } from '@lmt/postgres';
import { recordLog } from '@lmt/service-kit/recorded-log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectDatabases, SESSION_SETTINGS } from '../database.js';
import {
  aCancellation,
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  toInbound,
} from '../inventory.fixture.js';
import { adjustStock } from '../stock/adjust.js';
import { startConsumer } from './consumer.fixture.js';
import type { OrderMessage } from './decode-message.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer(SESSION_SETTINGS);
});
beforeEach(async () => {
  await db.empty();
  await db.stock({ A: 1_000, B: 1_000 });
});
let held: Awaited<ReturnType<InventoryTestDatabase['lock']>> | undefined;
/**
 * Another session holds the locks of the statement until `release`, at the latest until the test
 * ends.
 */
async function lock(statement: string) {
  held = await db.lock(statement);
  return held;
}
afterEach(async () => {
  await held?.release();
  expect(await db.inconsistencies()).toEqual([]);
});
afterAll(() => db.close());

const UPDATE_A = `UPDATE stock_items SET updated_at = now() WHERE sku = 'A'`;
const insertInbox = (id: string) =>
  `INSERT INTO inbox_messages (id, type, key) VALUES ('${id}', 'order.placed.v1', '${randomUUID()}')`;
const insertReservation = (orderId: string) =>
  `INSERT INTO reservations (order_id, status) VALUES ('${orderId}', 'RESERVED')`;
const others = (count: number) => Array.from({ length: count }, () => aPlacement({ B: 1 }));
const toIds = (messages: readonly OrderMessage[]) => messages.map(({ id }) => id);

/**
 * Delivers the messages, as one batch per list, while another session holds its locks. Returns how
 * long it took. Generous: the target is 3 s, on a machine with nothing else to do.
 */
async function deliver(consumer: ReturnType<typeof startConsumer>, ...batches: readonly OrderMessage[][]) {
  const started = performance.now();
  const dead = await Promise.all(batches.map((batch) => consumer.consume(batch.map(toInbound))));
  expect(dead.flat()).toEqual([]);
  expect(performance.now() - started).toBeLessThan(6_000);
}

/**
 * Expects results of exactly these messages, all of them successes, and nothing of the locked ones.
 */
async function expectOnly(
  { sent, counted }: ReturnType<typeof startConsumer>,
  served: readonly OrderMessage[],
  locked: readonly OrderMessage[],
) {
  expect(sent.map(({ messageId }) => messageId).sort()).toEqual(toIds(served).sort());
  expect(sent.filter(({ outcome }) => outcome !== 'SUCCEEDED')).toEqual([]);
  const skipped = locked.length > 0 ? { locked: locked.length } : {};
  expect(await counted()).toEqual({ succeeded: served.length, ...skipped });
  const { inbox } = await db.snapshot();
  expect(toIds(locked).filter((id) => inbox.has(id))).toEqual([]);
}

describe('a row that another session holds', () => {
  it('row-lock-inventory: orders for other skus are sold while a session holds the stock of one', async () => {
    const consumer = startConsumer(inventory);
    const { consume, sent, log } = consumer;
    const orderOfBoth = randomUUID();
    const locked = [
      aPlacement({ A: 1 }),
      aPlacement({ B: 1, A: 1 }, { orderId: orderOfBoth }),
      // A later message of an order that is skipped is skipped too.
      aCancellation(orderOfBoth),
    ];
    const served = [...others(50), aPlacement({ NOPE: 1 })];
    const session = await lock(UPDATE_A);
    await deliver(consumer, locked, served);
    await session.release();

    expect(sent.map(({ messageId }) => messageId).sort()).toEqual(toIds(served).sort());
    expect(sent.at(-1)).toMatchObject({ outcome: 'REJECTED', reason: 'unknown sku NOPE' });
    expect(log.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({ skus: ['A'], orders: [], heldBy: [session.pid], messages: 3 }),
    ]);
    // The relay republishes them after their deadline.
    await consume(locked.map(toInbound));
    expect(sent.slice(-3)).toMatchObject(locked.map(({ id }) => ({ messageId: id, outcome: 'SUCCEEDED' })));
    expect((await db.snapshot()).stock).toEqual({ A: 999, B: 950 });
  });

  it('row-lock-inventory: cancellations of other orders continue while a session holds a reservation', async () => {
    const consumer = startConsumer(inventory);
    const placed = [aPlacement({ A: 1 }), aPlacement({ B: 1 }), aPlacement({ B: 1 })] as const;
    await consumer.consume(placed.map(toInbound));
    consumer.sent.length = 0;
    const [first, second, third] = [
      aCancellation(placed[0].key),
      aCancellation(placed[1].key),
      aCancellation(placed[2].key),
    ];
    const session = await lock(`SELECT 1 FROM reservations WHERE order_id = '${first.key}' FOR UPDATE`);
    await deliver(consumer, [second, first], [third]);
    expect(consumer.sent.map(({ messageId }) => messageId).sort()).toEqual(toIds([second, third]).sort());
    await session.release();
    await consumer.consume([toInbound(first)]);
    expect((await db.snapshot()).stock).toEqual({ A: 1_000, B: 1_000 });
  });

  it('row-lock-inventory: a cancellation waits for the stock that it releases, others do not', async () => {
    const consumer = startConsumer(inventory);
    const placed = aPlacement({ A: 1 });
    await consumer.consume([toInbound(placed)]);
    const session = await lock(UPDATE_A);
    const cancellation = aCancellation(placed.key);
    const served = others(5);
    await deliver(consumer, [cancellation, ...served]);
    await session.release();
    await expectOnly(consumer, [placed, ...served], [cancellation]);
  });

  it.each([
    ['an inbox row', ({ id }: OrderMessage) => insertInbox(id)],
    ['a reservation', ({ key }: OrderMessage) => insertReservation(key)],
  ])(
    'row-lock-inventory: one of 500 orders waits for %s that a session inserted and did not commit',
    async (_name, toStatement) => {
      const consumer = startConsumer(inventory);
      const served = others(499);
      const locked = aPlacement({ B: 1 });
      const session = await lock(toStatement(locked));
      await deliver(consumer, served.toSpliced(337, 0, locked));
      await session.release();
      await expectOnly(consumer, served, [locked]);
      expect(consumer.sent.map(({ messageId }) => messageId)).toEqual(toIds(served));
      await consumer.consume([toInbound(locked)]);
      expect(consumer.sent.at(-1)).toMatchObject({ messageId: locked.id, outcome: 'SUCCEEDED' });
    },
  );

  it('row-lock-inventory: the batch waits as a whole for a locked table, and no message is skipped', async () => {
    const consumer = startConsumer(inventory);
    const served = others(3);
    const session = await lock('LOCK TABLE inbox_messages IN SHARE MODE');
    await expect(consumer.consume(served.map(toInbound))).rejects.toThrow();
    expect(consumer.sent).toEqual([]);
    await session.release();
    await consumer.consume(served.map(toInbound));
    await expectOnly(consumer, served, []);
  });

  it('row-lock-inventory: readiness reports a long wait until the message is processed', async () => {
    let nowMs = 0;
    const consumer = startConsumer(inventory, () => nowMs);
    const locked = aPlacement({ A: 1 });
    const session = await lock(UPDATE_A);
    await deliver(consumer, [locked]);
    expect(await consumer.lockReason()).toBeNull();
    nowMs += 25_000;
    expect(await consumer.lockReason()).toMatch(/^1 message.* 25 s/);
    await session.release();
    await consumer.consume([toInbound(locked)]);
    expect(await consumer.lockReason()).toBeNull();
  });

  it('row-lock-inventory: readiness forgets a message that another instance has processed', async () => {
    let nowMs = 0;
    const consumer = startConsumer(inventory, () => nowMs);
    const locked = aPlacement({ A: 1 });
    const session = await lock(UPDATE_A);
    await deliver(consumer, [locked]);
    nowMs += 25_000;
    expect(await consumer.lockReason()).not.toBeNull();
    await session.release();
    await startConsumer(inventory).consume([toInbound(locked)]);
    expect(await consumer.lockReason()).toBeNull();
  });

  it('row-lock-inventory: readiness forgets a message that the database rejects after the lock', async () => {
    let nowMs = 0;
    const consumer = startConsumer(inventory, () => nowMs);
    const locked = aPlacement({ A: 7 });
    const session = await lock(UPDATE_A);
    await deliver(consumer, [locked]);
    nowMs += 25_000;
    expect(await consumer.lockReason()).not.toBeNull();
    await session.release();
    await db.admin.query('ALTER TABLE stock_movements ADD CONSTRAINT no_seven CHECK (delta <> -7) NOT VALID');
    await consumer.consume([toInbound(locked)]);
    await db.admin.query('ALTER TABLE stock_movements DROP CONSTRAINT no_seven');
    expect(consumer.sent).toMatchObject([{ messageId: locked.id, outcome: 'FAILED' }]);
    expect(await consumer.lockReason()).toBeNull();
  });

  it('row-lock-inventory: adjustments that wait for stock leave the consumer its connections', async () => {
    const { logger } = recordLog();
    const { database, readPool, operatorPool } = connectDatabases(db.urls.inventory, logger, () => {});
    await lock(UPDATE_A);
    const adjustment = { sku: 'A', delta: 1, reason: 'delivery', actor: 'ada', key: null };
    let ended = 0;
    const kinds = Array.from({ length: 30 }, async () => {
      const failure = await adjustStock(operatorPool, adjustment).catch(databaseFailure);
      ended += 1;
      return failure;
    });
    await db.untilWaiting(2);
    const consumer = startConsumer(database);
    const served = others(5);
    await deliver(consumer, served);
    // Each adjustment ends after a second. The batch did not queue behind them.
    expect(ended).toBeLessThan(10);
    await expectOnly(consumer, served, []);
    for (const kind of await Promise.all(kinds)) expect(kind).toMatch(/^(locked|unavailable)$/);
    await Promise.all([database, readPool, operatorPool].map((pool) => pool.$disconnect()));
  });
});
