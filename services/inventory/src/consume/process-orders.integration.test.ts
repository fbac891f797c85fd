import { randomUUID } from 'node:crypto';
import { databaseFailure, type SqlClient } from '@lmt/postgres';
import { retryOnConflict } from '@lmt/resilience';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  RECEIVED_AT,
} from '../inventory.fixture.js';
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

const at = '2026-01-01T00:00:01.000Z';
const run = (messages: readonly OrderMessage[], database = inventory) =>
  retryOnConflict(() => processOrders(database, messages, { now: () => new Date(at) }), { isConflict });

const times = { receivedAt: RECEIVED_AT, processedAt: at };

const nothingHappened = { reservations: new Map(), inbox: new Map() };

describe('processing placements', () => {
  it('writes stock, movements, reservations, inbox and results together', async () => {
    await db.stock({ KEYBOARD: 5, MOUSE: 1 });
    const served = aPlacement({ KEYBOARD: 2, MOUSE: 1 });
    const refused = aPlacement({ KEYBOARD: 1, MOUSE: 1 });
    const { applied, effects } = await run([served, refused]);

    const no = { outcome: 'REJECTED', reason: 'not enough MOUSE: 1 ordered, 0 available', ...times };
    const yes = { outcome: 'SUCCEEDED', ...times };
    expect(applied.map(({ message, result }) => [message.id, result])).toEqual([
      [served.id, yes],
      [refused.id, no],
    ]);
    expect(effects.get(served.id)?.movements).toHaveLength(2);
    expect(effects.get(refused.id)?.movements).toEqual([]);
    const { stock, movements: rows, reservations, inbox } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 3, MOUSE: 0 });
    expect(rows.slice(2).map(({ order_id, sku, kind, delta }) => [order_id, sku, kind, delta])).toEqual([
      [served.key, 'KEYBOARD', 'DEDUCT', -2],
      [served.key, 'MOUSE', 'DEDUCT', -1],
    ]);
    expect(reservations).toEqual(
      new Map([
        [served.key, 'RESERVED'],
        [refused.key, 'REJECTED'],
      ]),
    );
    expect(inbox).toEqual(
      new Map<string, unknown>([
        [served.id, yes],
        [refused.id, no],
      ]),
    );
  });

  it('deducts once for a message delivered three times, and returns the stored result', async () => {
    await db.stock({ KEYBOARD: 5 });
    const message = aPlacement({ KEYBOARD: 2 });
    await run([message, message]);
    const { applied, effects } = await processOrders(inventory, [message], { now: () => new Date() });
    expect(applied).toEqual([
      {
        kind: 'applied',
        message,
        result: { outcome: 'SUCCEEDED', ...times },
        duplicates: 1,
        fresh: false,
      },
    ]);
    expect(effects.size).toBe(0);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 3 });
  });

  it('deducts once for an order that arrives under two message ids', async () => {
    await db.stock({ KEYBOARD: 5 });
    const message = aPlacement({ KEYBOARD: 2 });
    const again = { ...message, id: randomUUID() };
    await run([message]);
    const { applied } = await run([again]);
    expect(applied[0]).toMatchObject({ result: { outcome: 'SUCCEEDED' }, fresh: true });
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 3 });
  });

  it('rejects an unknown sku and names it in the reason', async () => {
    const { applied } = await run([aPlacement({ NOPE: 1 })]);
    expect(applied[0]?.result).toEqual({
      outcome: 'REJECTED',
      reason: 'unknown sku NOPE',
      ...times,
    });
  });
});

describe('a failure in the middle', () => {
  const raising = (table: string, when: string) => `
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'injected'; END $$;
    CREATE ${when} ON ${table} ${when.startsWith('CONSTRAINT') ? 'DEFERRABLE INITIALLY DEFERRED' : ''}
    FOR EACH ROW EXECUTE FUNCTION fail()`;
  afterEach(() => db.admin.query('DROP FUNCTION IF EXISTS fail() CASCADE'));

  it.each([
    ['the reservations', 'reservations', 'TRIGGER t BEFORE INSERT'],
    ['the movements', 'stock_movements', 'TRIGGER t BEFORE INSERT'],
    ['the stock', 'stock_items', 'TRIGGER t BEFORE UPDATE'],
    ['the inbox', 'inbox_messages', 'TRIGGER t BEFORE INSERT'],
    ['the commit', 'stock_items', 'CONSTRAINT TRIGGER t AFTER UPDATE'],
  ])('at %s writes nothing, and the batch can be redelivered', async (_name, table, when) => {
    await db.stock({ KEYBOARD: 5, MOUSE: 5 });
    const batch = [
      aPlacement({ KEYBOARD: 1 }),
      aPlacement({ MOUSE: 1, KEYBOARD: 1 }),
      aPlacement({ NOPE: 1 }),
    ];
    await db.admin.query(raising(table, when));
    await expect(run(batch)).rejects.toThrow(/injected/);
    expect(await db.snapshot()).toMatchObject({ ...nothingHappened, stock: { KEYBOARD: 5, MOUSE: 5 } });

    await db.admin.query('DROP FUNCTION fail() CASCADE');
    expect((await run(batch)).applied.every(({ fresh }) => fresh)).toBe(true);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 3, MOUSE: 4 });
  });

  it('caused by a killed database session writes nothing', async () => {
    await db.stock({ KEYBOARD: 5 });
    const batch = [aPlacement({ KEYBOARD: 1 })];
    const locked = await db.lock('SELECT 1 FROM stock_items FOR UPDATE');
    const running = run(batch).catch((error: unknown) => error);
    const [pid] = await db.untilWaiting(1);
    await db.admin.query('SELECT pg_terminate_backend($1)', [pid]);
    const failure = await running;
    await locked.release();
    expect(databaseFailure(failure)).toBe('unavailable');
    expect(await db.snapshot()).toMatchObject({ ...nothingHappened, stock: { KEYBOARD: 5 } });
    expect((await run(batch)).applied[0]?.fresh).toBe(true);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 4 });
  });
});

describe('two concurrent processes', () => {
  const skus = Array.from({ length: 21 }, (_, index) => `SKU-${String(index).padStart(2, '0')}`);
  const oneOfEach = (order: readonly string[]) => Object.fromEntries(order.map((sku) => [sku, 1]));

  it('do not deadlock over the same skus, whichever order their plans read', async () => {
    // The rows are stored in reverse order. One process reads the table, the other reads the index.
    await db.stock(Object.fromEntries(skus.toReversed().map((sku) => [sku, 10])));
    const scanning = db.connectConsumer({ enable_indexscan: 'off', enable_bitmapscan: 'off' });
    const seeking = db.connectConsumer({ enable_seqscan: 'off', enable_bitmapscan: 'off' });
    await db.whileLocked(`SELECT 1 FROM stock_items WHERE sku = '${skus[10]}' FOR UPDATE`, 2, () =>
      Promise.all([
        run([aPlacement(oneOfEach(skus))], scanning),
        run([aPlacement(oneOfEach(skus.toReversed()))], seeking),
      ]),
    );
    expect(new Set(Object.values((await db.snapshot()).stock))).toEqual(new Set([8]));
  });

  it('deduct each order once when both process all orders, in opposite order', async () => {
    await db.stock({ KEYBOARD: 100, MOUSE: 100 });
    const batch = Array.from({ length: 20 }, (_, index) =>
      aPlacement(index % 2 === 0 ? { KEYBOARD: 1, MOUSE: 1 } : { MOUSE: 1, KEYBOARD: 1 }),
    );
    const middle = batch.map(({ id }) => id).sort()[10];
    const [mine, theirs] = await db.whileLocked(
      `INSERT INTO inbox_messages (id, type, key) VALUES ('${middle}', 'x', '${middle}')`,
      2,
      () => Promise.all([run(batch), run(batch.toReversed(), other)]),
    );
    const fresh = [...mine.applied, ...theirs.applied].filter((one) => one.fresh);
    expect(fresh).toHaveLength(20);
    const { stock, movements, reservations } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 80, MOUSE: 80 });
    expect(movements.filter(({ kind }) => kind === 'DEDUCT')).toHaveLength(40);
    expect(reservations.size).toBe(20);
  });
});
