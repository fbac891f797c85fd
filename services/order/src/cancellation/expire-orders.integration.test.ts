import type { MessageResult } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from '../orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from '../orders/place-orders.js';
import { applyResults } from '../results/apply-results.js';
import { EXPIRY_BATCH, expireOrders, FIND_OLDEST, FIRST_ID } from './expire-orders.js';

let db: OrderTestDatabase;
let clients: OrderDatabase;
let mine: ReturnType<OrderTestDatabase['connectSql']>;
let theirs: ReturnType<OrderTestDatabase['connectSql']>;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  clients = db.connect();
  mine = db.connectSql();
  theirs = db.connectSql();
});
beforeEach(() => db.empty());
afterEach(() => db.withdrawFailure());
afterAll(() => db.close());

const expire = (database = mine, after = FIRST_ID) => expireOrders(database, { afterSeconds: 60, after });
const toIds = (orders: readonly { readonly id: string }[]) => orders.map(({ id }) => id);
const toResult = ({ id, messageId }: NewOrder): MessageResult => ({
  messageId,
  orderId: id,
  outcome: 'SUCCEEDED',
  processedAt: '2026-01-01T00:00:00.000Z',
});

async function placed(count = 1): Promise<[NewOrder, ...NewOrder[]]> {
  const orders = Array.from({ length: count }, () => anOrder());
  await placeOrders(clients, orders);
  return orders as [NewOrder, ...NewOrder[]];
}

/** Places orders 61 seconds ago. */
async function old(count = 1): Promise<[NewOrder, ...NewOrder[]]> {
  const orders = await placed(count);
  const sql = `UPDATE orders SET created_at = now() - interval '61 s' WHERE id = ANY($1::uuid[])`;
  await db.admin.query(sql, [toIds(orders)]);
  return orders;
}

const claim = ({ messageId }: NewOrder) =>
  db.admin.query(
    `UPDATE outbox_messages SET lease_token = gen_random_uuid(), leased_until = now() + interval '1 min',
    claimed_at = now() WHERE id = $1`,
    [messageId],
  );

/** The statuses of each order and of its messages. */
async function states(): Promise<Record<string, string[]>> {
  const { orders, messages } = await db.snapshot();
  const toStatuses = (id: string) => messages.filter(({ key }) => key === id).map(({ status }) => status);
  return Object.fromEntries(orders.map(({ id, status }) => [id, [status, ...toStatuses(id)]]));
}

describe('an order that is not confirmed in time', () => {
  it('is cancelled, and its placement is taken back, with the reason on record', async () => {
    const [order] = await old();
    const [young] = await placed();
    expect(await expire()).toEqual({ orders: [order.id], takenBack: 1, last: null });
    expect(await states()).toEqual({
      [order.id]: ['CANCELLING', 'DISCARDED', 'PENDING'],
      [young.id]: ['PENDING', 'PENDING'],
    });
    const reason = 'not confirmed within 60 s';
    const messages = (await db.snapshot()).messages.filter(({ key }) => key === order.id);
    expect(messages[0]?.history).toMatchObject([{ event: 'discarded', by: 'order service', reason }]);
    expect(messages[1]).toMatchObject({ type: 'order.cancelled.v1', payload: { orderId: order.id, reason } });
    expect(await expire()).toEqual({ orders: [], takenBack: 0, last: null });
  });

  it('is cancelled also if a relay has claimed its placement, whose result then changes nothing', async () => {
    const [order] = await old();
    await claim(order);
    expect(await expire()).toEqual({ orders: [order.id], takenBack: 0, last: null });
    await applyResults(mine, [toResult(order)]);
    expect(await states()).toEqual({ [order.id]: ['CANCELLING', 'COMPLETED', 'PENDING'] });
    const cancellation = (await db.snapshot()).messages[1];
    await applyResults(mine, [toResult({ ...order, messageId: cancellation?.id ?? '' })]);
    expect(await states()).toEqual({ [order.id]: ['CANCELLED', 'COMPLETED', 'COMPLETED'] });
  });

  it('ends CANCELLED if the inventory got a copy of the placement that was taken back', async () => {
    const [order] = await old();
    await expire();
    const cancellation = (await db.snapshot()).messages[1];
    await applyResults(mine, [toResult(order), toResult({ ...order, messageId: cancellation?.id ?? '' })]);
    expect(await states()).toEqual({ [order.id]: ['CANCELLED', 'DISCARDED', 'COMPLETED'] });
  });

  it.each(['CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'])(
    'does not expire once it is %s',
    async (status) => {
      const [order] = await old();
      await db.admin.query(`UPDATE orders SET status = $1, reject_reason = 'no'`, [status]);
      expect(await expire()).toEqual({ orders: [], takenBack: 0, last: null });
      expect(await states()).toEqual({ [order.id]: [status, 'PENDING'] });
    },
  );

  it.each([
    ['orders', 'UPDATE', 'statement'],
    ['outbox_messages', 'UPDATE', 'statement'],
    ['outbox_messages', 'INSERT', 'commit'],
  ] as const)('stays as it is when writing %s (%s) fails at the %s', async (table, event, when) => {
    const [order] = await old();
    await db.injectFailure(table, event, when);
    await expect(expire()).rejects.toThrow(/injected/);
    expect(await states()).toEqual({ [order.id]: ['PENDING', 'PENDING'] });
  });
});

describe('expiring orders', () => {
  it('continues after a full batch', async () => {
    const orders = toIds(await old(EXPIRY_BATCH + 1)).sort();
    const first = await expire();
    expect(first.last).toBe(orders.at(-2));
    expect([...first.orders].sort()).toEqual(orders.slice(0, -1));
    expect(await expire(mine, first.last ?? '')).toEqual({
      orders: orders.slice(-1),
      takenBack: 1,
      last: null,
    });
  });

  it('begins after the last order of the batch before, which may still be locked', async () => {
    const [first = '', second] = toIds(await old(2)).sort();
    expect((await expire(mine, first)).orders).toEqual([second]);
  });

  it('by two processes at once cancels each order once', async () => {
    const orders = await old(20);
    const batches = await db.whileLocked('SELECT 1 FROM orders FOR UPDATE', 2, () =>
      Promise.all([expire(mine), expire(theirs)]),
    );
    expect(batches.flatMap((batch) => batch.orders).sort()).toEqual(toIds(orders).sort());
    expect(batches[0].takenBack + batches[1].takenBack).toBe(20);
    expect((await db.snapshot()).messages).toHaveLength(40);
  });

  it('leaves an order alone whose result commits first', async () => {
    const [order] = await old();
    let applied: Promise<unknown> | undefined;
    let batch: ReturnType<typeof expire> | undefined;
    await db.whileLocked('SELECT 1 FROM orders FOR UPDATE', 2, async () => {
      applied = applyResults(theirs, [toResult(order)]);
      await db.untilWaiting(1);
      batch = expire();
    });
    await applied;
    expect(await batch).toEqual({ orders: [], takenBack: 0, last: null });
    expect(await states()).toEqual({ [order.id]: ['CONFIRMED', 'COMPLETED'] });
  });

  it.each(['orders', 'outbox_messages'])('is not blocked by a locked row of %s', async (table) => {
    const [held, other] = (await old(2)) as [NewOrder, NewOrder];
    const key = table === 'orders' ? held.id : held.messageId;
    const lock = await db.lock(`SELECT 1 FROM ${table} WHERE id = '${key}' FOR UPDATE`);
    const { orders } = await expire();
    expect(orders).toEqual(table === 'orders' ? [other.id] : [held.id, other.id].sort());
    await lock.release();
    await expire();
    expect(Object.values(await states()).map(([status]) => status)).toEqual(['CANCELLING', 'CANCELLING']);
  });

  it('reads few pages beside finished orders, even if the statistics know only PENDING ones', async () => {
    await db.admin.query(`INSERT INTO orders (id, customer_id, message_id)
      SELECT gen_random_uuid(), 'ada', gen_random_uuid() FROM generate_series(1, 5000)`);
    await db.admin.query('ANALYZE orders');
    await db.admin.query(`UPDATE orders SET status = 'CONFIRMED'`);
    await db.admin.query('VACUUM orders');
    await db.admin.query(`PREPARE find AS ${FIND_OLDEST}`);
    const { rows } = await db.admin.query(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE find('${FIRST_ID}', 60)`,
    );
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], JSON.stringify(plan)).toBeLessThan(5);
  });
});
