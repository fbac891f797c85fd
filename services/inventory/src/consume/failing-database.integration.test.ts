import { randomUUID } from 'node:crypto';
import { databaseFailure, type SqlClient } from '@lmt/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  aPlacement,
  createInventoryTestDatabase,
  type InventoryTestDatabase,
  toInbound,
} from '../inventory.fixture.js';
import { NOW, startConsumer as startConsumerOn } from './consumer.fixture.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer();
});
beforeEach(() => db.empty());
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(() => db.close());

const at = NOW;
const times = { receivedAt: at, processedAt: at };
const startConsumer = (database = inventory, monotonicNow?: () => number) =>
  startConsumerOn(database, monotonicNow);

describe('a database that fails', () => {
  it('fails the batch while it is unavailable, so no offset advances and no result is sent', async () => {
    const { consume, sent, counted } = startConsumer(
      db.connectConsumer({}, 'postgresql://user:x@127.0.0.1:1/nothing'),
    );
    const bad = { ...toInbound(aPlacement({ KEYBOARD: 1 })), body: '' };
    const failure = await Promise.resolve(consume([toInbound(aPlacement({ KEYBOARD: 1 })), bad])).catch(
      (error: unknown) => error,
    );
    expect(databaseFailure(failure)).toBe('unavailable');
    expect(sent).toEqual([]);
    // The malformed message is counted when the batch succeeds, not at every attempt.
    expect(await counted()).toEqual({});
  });

  it('fails the batch when a session is killed, and applies it once after redelivery', async () => {
    await db.stock({ KEYBOARD: 5 });
    const { consume, sent } = startConsumer();
    const batch = [toInbound(aPlacement({ KEYBOARD: 1 }))];
    const locked = await db.lock('SELECT 1 FROM stock_items FOR UPDATE');
    const running = Promise.resolve(consume(batch)).catch((error: unknown) => error);
    const [pid] = await db.untilWaiting(1);
    await db.admin.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(databaseFailure(await running)).toBe('unavailable');
    expect(sent).toEqual([]);
    await locked.release();
    await consume(batch);
    await consume(batch);
    expect(sent.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 4 });
  });

  it('waits for a process that has locked the same order, then decides on the committed state', async () => {
    await db.stock({ KEYBOARD: 5, MOUSE: 5 });
    const { consume, sent, log } = startConsumer();
    const orderId = randomUUID();
    // Both transactions place one order with different skus, so only the reservation is shared.
    const locker = await db.admin.connect();
    await locker.query('BEGIN');
    await locker.query(`INSERT INTO reservations (order_id, status) VALUES ('${orderId}', 'RESERVED')`);
    await locker.query(`INSERT INTO stock_movements (order_id, sku, kind, delta)
      VALUES ('${orderId}', 'KEYBOARD', 'DEDUCT', -1)`);
    await locker.query(`UPDATE stock_items SET available = 4 WHERE sku = 'KEYBOARD'`);
    const running = consume([toInbound(aPlacement({ MOUSE: 1 }, { orderId }))]);
    await db.untilWaiting(1);
    await locker.query('COMMIT');
    locker.release();
    await running;
    expect(log.filter(({ msg }) => msg === 'batch rolled back; retrying')).toMatchObject([
      { err: { code: '23505' } },
    ]);
    expect(sent.map(({ outcome }) => outcome)).toEqual(['SUCCEEDED']);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 4, MOUSE: 5 });
  });
});

describe('shipped bug 5, at the consumer: one poison message stops the others', () => {
  /** Makes the database reject every movement of this sku. */
  async function curse(sku: string, errcode: string): Promise<void> {
    await db.admin.query(`
      CREATE OR REPLACE FUNCTION reject_movement() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'secret words' USING ERRCODE = '${errcode}'; END $$;
      CREATE TRIGGER cursed BEFORE INSERT ON stock_movements FOR EACH ROW
      WHEN (NEW.sku = '${sku}') EXECUTE FUNCTION reject_movement();`);
  }
  const liftCurse = () => db.admin.query('DROP TRIGGER IF EXISTS cursed ON stock_movements');
  afterEach(liftCurse);

  it('reports FAILED for the message whose data the database rejects and processes the other 99', async () => {
    await db.stock({ KEYBOARD: 1_000, CURSED: 10 });
    await curse('CURSED', '23514');
    const { consume, sent, counted, log } = startConsumer();
    const messages = Array.from({ length: 100 }, (_, index) =>
      aPlacement(index === 37 ? { KEYBOARD: 1, CURSED: 1 } : { KEYBOARD: 1 }),
    );
    expect(await consume(messages.map(toInbound))).toEqual([]);
    expect(sent.filter(({ outcome }) => outcome !== 'SUCCEEDED')).toEqual([
      {
        messageId: messages[37]?.id,
        orderId: messages[37]?.key,
        outcome: 'FAILED',
        reason: "the inventory's database rejects the message; see the inventory's log",
        ...times,
      },
    ]);
    expect(await counted()).toEqual({ succeeded: 99, failed: 1 });
    const { stock, inbox } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 901, CURSED: 10 });
    expect(inbox.has(messages[37]?.id ?? '')).toBe(false);
    expect(log.filter(({ msg }) => msg === 'database rejects the message, reported as FAILED')).toHaveLength(
      1,
    );

    // An operator removes the cause, then requeues the message.
    await liftCurse();
    await consume([toInbound(messages[37] as (typeof messages)[number])]);
    expect(sent.at(-1)).toMatchObject({ messageId: messages[37]?.id, outcome: 'SUCCEEDED' });
  });

  it.each(['25006', '42501', '42P01', '40P01', '57014', '53100'])(
    'reports no message as FAILED for a failure that no message causes (SQLSTATE %s)',
    async (errcode) => {
      await db.stock({ KEYBOARD: 10, CURSED: 10 });
      await curse('CURSED', errcode);
      const { consume, sent } = startConsumer();
      const batch = [aPlacement({ KEYBOARD: 1 }), aPlacement({ CURSED: 1 })].map(toInbound);
      await expect(consume(batch)).rejects.toThrow();
      expect(sent).toEqual([]);
      expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 10, CURSED: 10 });
    },
  );
});

describe('a database that rejects every message', () => {
  afterEach(() => db.admin.query('ALTER TABLE inbox_messages DROP CONSTRAINT IF EXISTS too_strict'));

  it('fails the whole batch and reports no message as FAILED', async () => {
    await db.stock({ KEYBOARD: 100 });
    await db.admin.query('ALTER TABLE inbox_messages ADD CONSTRAINT too_strict CHECK (false) NOT VALID');
    const { consume, sent, counted } = startConsumer();
    const batch = Array.from({ length: 20 }, () => toInbound(aPlacement({ KEYBOARD: 1 })));
    for (let times = 0; times < 3; times += 1) await expect(consume(batch)).rejects.toThrow();
    expect(sent).toEqual([]);

    await db.admin.query('ALTER TABLE inbox_messages DROP CONSTRAINT too_strict');
    await consume(batch);
    expect(await counted()).toEqual({ succeeded: 20 });
  });
});
