import { randomUUID } from 'node:crypto';
import type { MessageResult } from '@lmt/contracts';
import type { SqlClient } from '@lmt/postgres';
import type { OrderDatabase } from '@lmt/prisma-order';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from '../orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from '../orders/place-orders.js';
import { applyResults } from './apply-results.js';

let db: OrderTestDatabase;
let database: OrderDatabase;
let mine: SqlClient;
let theirs: SqlClient;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  database = db.connect();
  mine = db.connectSql();
  theirs = db.connectSql();
});
beforeEach(() => db.empty());
afterEach(() => db.withdrawFailure());
afterAll(() => db.close());

async function placed(count = 1): Promise<[NewOrder, ...NewOrder[]]> {
  const orders = Array.from({ length: count }, () => anOrder());
  await placeOrders(database, orders);
  return orders as [NewOrder, ...NewOrder[]];
}

const toResult = (
  { id, messageId }: Pick<NewOrder, 'id' | 'messageId'>,
  outcome: MessageResult['outcome'] = 'SUCCEEDED',
  reason?: string,
): MessageResult => ({
  messageId,
  orderId: id,
  outcome,
  ...(reason === undefined ? {} : { reason }),
  processedAt: '2026-01-01T00:00:00.000Z',
});
const apply = async (results: readonly MessageResult[], client = mine) =>
  (await applyResults(client, results)).applied.map(({ status }) => status);
async function states() {
  const { orders, messages } = await db.snapshot();
  return { orders: orders.map(({ status }) => status), messages: messages.map(({ status }) => status) };
}

describe('applying results', () => {
  it('confirms the order and completes its message', async () => {
    const [order] = await placed();
    expect(await apply([toResult(order)])).toEqual(['applied']);
    expect(await states()).toEqual({ orders: ['CONFIRMED'], messages: ['COMPLETED'] });
  });

  it.each([
    ['out of stock', 'out of stock'],
    [undefined, 'no reason given'],
  ])('rejects the order, with the reason %s, and completes its message', async (reason, kept) => {
    const [order] = await placed();
    await apply([toResult(order, 'REJECTED', reason)]);
    expect(await states()).toEqual({ orders: ['REJECTED'], messages: ['COMPLETED'] });
    expect((await db.snapshot()).orders[0]?.reject_reason).toBe(kept);
  });

  it.each([
    ['orders', 'statement'],
    ['orders', 'commit'],
    ['outbox_messages', 'statement'],
    ['outbox_messages', 'commit'],
  ] as const)('changes neither order nor message when writing %s fails at the %s', async (table, when) => {
    const [order] = await placed();
    await db.injectFailure(table, 'UPDATE', when);
    await expect(apply([toResult(order)])).rejects.toThrow(/injected/);
    expect(await states()).toEqual({ orders: ['PENDING'], messages: ['PENDING'] });
    await db.withdrawFailure();
    expect(await apply([toResult(order)])).toEqual(['applied']);
  });

  it('answers each result in the order given, and writes nothing for a result without effect', async () => {
    const [known, fresh, other] = await placed(3);
    if (fresh === undefined || other === undefined) throw new Error('three orders were placed');
    await apply([toResult(known)]);
    const before = (await db.snapshot()).orders.filter(({ id }) => id !== fresh.id);
    expect(
      await apply([
        toResult(known),
        toResult(known, 'REJECTED', 'too late'),
        toResult({ id: known.id, messageId: other.messageId }),
        toResult({ id: fresh.id, messageId: randomUUID() }),
        toResult(fresh),
        toResult(fresh),
      ]),
    ).toEqual(['duplicate', 'duplicate', 'mismatch', 'unknown', 'applied', 'duplicate']);
    const { orders } = await db.snapshot();
    expect(orders.filter(({ id }) => id !== fresh.id)).toEqual(before);
    expect(await states()).toEqual({
      orders: ['CONFIRMED', 'CONFIRMED', 'PENDING'],
      messages: ['COMPLETED', 'COMPLETED', 'PENDING'],
    });
  });

  it('leaves the order PENDING after FAILED, and accepts a late success', async () => {
    const [order] = await placed();
    expect(await apply([toResult(order, 'FAILED', 'unreadable')])).toEqual(['applied']);
    expect(await states()).toEqual({ orders: ['PENDING'], messages: ['DEAD'] });
    expect(await apply([toResult(order, 'FAILED', 'unreadable')])).toEqual(['duplicate']);
    expect(await apply([toResult(order)])).toEqual(['applied']);
    expect(await states()).toEqual({ orders: ['CONFIRMED'], messages: ['COMPLETED'] });
  });

  it('applies a failure and a success of one message in one call', async () => {
    const [order] = await placed();
    expect(await apply([toResult(order, 'FAILED', 'x'), toResult(order)])).toEqual(['applied', 'applied']);
    expect(await states()).toEqual({ orders: ['CONFIRMED'], messages: ['COMPLETED'] });
  });

  it.each([
    ['CONFIRMED', 'REJECTED'],
    ['REJECTED', 'SUCCEEDED'],
    ['CANCELLING', 'SUCCEEDED'],
    ['CANCELLED', 'SUCCEEDED'],
  ] as const)(
    'completes the message of an order that is %s, but %s does not change the order',
    async (status, outcome) => {
      const [order] = await placed();
      await db.admin.query(`UPDATE orders SET status = $1, reject_reason = 'earlier'`, [status]);
      const before = (await db.snapshot()).orders;
      const { changed } = await applyResults(mine, [toResult(order, outcome)]);
      expect(changed).toEqual([]);
      expect(await states()).toEqual({ orders: [status], messages: ['COMPLETED'] });
      expect((await db.snapshot()).orders).toEqual(before);
    },
  );
});

describe('concurrent callbacks', () => {
  it('with the same results in opposite order do not deadlock, and each is applied once', async () => {
    const orders = await placed(21);
    const results = orders
      .map((order) => toResult(order))
      .sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
    const held = `SELECT 1 FROM outbox_messages WHERE id = '${results[10]?.messageId}' FOR UPDATE`;
    const [first, second] = await db.whileLocked(held, 2, () =>
      Promise.all([apply(results), apply(results.toReversed(), theirs)]),
    );
    expect([...first, ...second].sort()).toEqual([
      ...Array(21).fill('applied'),
      ...Array(21).fill('duplicate'),
    ]);
    expect(new Set((await states()).orders)).toEqual(new Set(['CONFIRMED']));
  });

  it('for other messages of the same orders do not deadlock, whichever order their plans read', async () => {
    // Each order has a second message, and the rows are stored in reverse order.
    const orders = (await placed(21)).sort((a, b) => (a.id < b.id ? -1 : 1));
    await db.admin.query(`
      CREATE TEMP TABLE kept AS SELECT * FROM orders;
      ALTER TABLE order_items DISABLE TRIGGER ALL; ALTER TABLE orders DISABLE TRIGGER ALL;
      DELETE FROM orders; INSERT INTO orders SELECT * FROM kept ORDER BY id DESC;
      ALTER TABLE order_items ENABLE TRIGGER ALL; ALTER TABLE orders ENABLE TRIGGER ALL;
      DROP TABLE kept`);
    await db.admin.query(`INSERT INTO outbox_messages (id, topic, key, type, payload)
      SELECT gen_random_uuid(), topic, key, type, payload FROM outbox_messages`);
    const { messages } = await db.snapshot();
    const firsts = new Set(orders.map(({ messageId }) => messageId));
    const again = messages.filter(({ id }) => !firsts.has(id));
    let attempts = 0;
    const scanning = counting(db.connectSql({ enable_indexscan: 'off', enable_bitmapscan: 'off' }), () => {
      attempts += 1;
    });
    const seeking = counting(db.connectSql({ enable_seqscan: 'off', enable_bitmapscan: 'off' }), () => {
      attempts += 1;
    });
    await db.whileLocked(`SELECT 1 FROM orders WHERE id = '${orders[10]?.id}' FOR UPDATE`, 2, () =>
      Promise.all([
        apply(
          orders.map((order) => toResult(order)),
          scanning,
        ),
        apply(
          again.map(({ id, key }) => toResult({ id: key, messageId: id })),
          seeking,
        ),
      ]),
    );
    expect(attempts).toBe(2);
    expect(await states()).toEqual({
      orders: Array(21).fill('CONFIRMED'),
      messages: Array(42).fill('COMPLETED'),
    });
  });

  it('apply exactly one of SUCCEEDED and REJECTED', async () => {
    const orders = await placed(10);
    await Promise.all([
      apply(orders.map((order) => toResult(order))),
      apply(orders.map((order) => toResult(order, 'REJECTED', 'no')).reverse(), theirs),
    ]);
    const { orders: rows, messages } = await db.snapshot();
    for (const row of rows) {
      const won = messages.find(({ key }) => key === row.id)?.result;
      expect(won).toMatchObject({ outcome: row.status === 'CONFIRMED' ? 'SUCCEEDED' : 'REJECTED' });
    }
  });
});

/** Counts transactions. A deadlock shows as a retried transaction. */
function counting(client: SqlClient, onBegin: () => void): SqlClient {
  return new Proxy(client, {
    get(target, name) {
      if (name === '$transaction') onBegin();
      return Reflect.get(target, name);
    },
  });
}

describe('a row that another session keeps locked', () => {
  it.each(['orders', 'outbox_messages'])('in %s blocks only its own result', async (table) => {
    const [held, ...others] = await placed(3);
    const id = table === 'orders' ? held.id : held.messageId;
    const lock = await db.lock(`SELECT 1 FROM ${table} WHERE id = '${id}' FOR UPDATE`);
    const results = [others[0], held, others[1]].map((order) => toResult(order as NewOrder));
    expect(await apply(results)).toEqual(['applied', 'locked', 'applied']);
    expect(await states()).toEqual({
      orders: expect.toSatisfy((all: string[]) => all.filter((one) => one === 'CONFIRMED').length === 2),
      messages: expect.toSatisfy((all: string[]) => all.filter((one) => one === 'COMPLETED').length === 2),
    });
    await lock.release();
    expect(await apply(results)).toEqual(['duplicate', 'applied', 'duplicate']);
    expect((await states()).orders).toEqual(['CONFIRMED', 'CONFIRMED', 'CONFIRMED']);
  });
});
