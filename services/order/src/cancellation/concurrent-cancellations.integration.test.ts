import { randomUUID } from 'node:crypto';
import type { MessageResult } from '@lmt/contracts';
import { databaseFailure, type OrderDatabase } from '@lmt/prisma-order';
import { createStallDetector } from '@lmt/resilience';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from '../orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from '../orders/place-orders.js';
import { applyResults } from '../results/apply-results.js';
import { type CancelRequest, cancelOrders } from './cancel-orders.js';
import { createCancelQueue } from './cancel-queue.js';

let db: OrderTestDatabase;
let mine: OrderDatabase;
let theirs: OrderDatabase;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  mine = db.connect();
  theirs = db.connect();
});
beforeEach(() => db.empty());
afterEach(() => db.withdrawFailure());
afterAll(() => db.close());

async function placed(count = 1): Promise<[NewOrder, ...NewOrder[]]> {
  const orders = Array.from({ length: count }, () => anOrder());
  await placeOrders(mine, orders);
  return orders as [NewOrder, ...NewOrder[]];
}
const cancel = (requests: readonly CancelRequest[], database = mine) =>
  database.$transaction((tx) => cancelOrders(tx, requests));
const asked = (orders: readonly { id: string }[]) => orders.map(({ id }) => ({ orderId: id }));
const toResult = (
  orderId: string,
  messageId: string,
  outcome: MessageResult['outcome'] = 'SUCCEEDED',
): MessageResult => ({ messageId, orderId, outcome, processedAt: '2026-01-01T00:00:00.000Z' });
const toConfirmation = ({ id, messageId }: NewOrder) => toResult(id, messageId);
async function cancelMessages() {
  const { messages } = await db.snapshot();
  return messages.filter(({ type }) => type === 'order.cancelled.v1');
}
async function statuses() {
  return Object.fromEntries((await db.snapshot()).orders.map(({ id, status }) => [id, status]));
}

describe('concurrent cancellations', () => {
  it('write one message for 20 cancellations of one order by two processes', async () => {
    const [order] = await placed();
    const answers = await db.whileLocked(`SELECT 1 FROM orders FOR UPDATE`, 10, () =>
      Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          cancel(asked([order, order]), index % 2 === 0 ? mine : theirs),
        ),
      ),
    );
    const [begun, others] = ['cancelling', 'unchanged'].map((kind) =>
      answers.flat().filter((answer) => answer.kind === kind),
    );
    expect(begun).toHaveLength(1);
    // The status is checked after the lock is granted, not when the wait for it begins.
    expect(others).toEqual(Array(19).fill({ kind: 'unchanged', orderId: order.id }));
    expect(await cancelMessages()).toHaveLength(1);
  });

  it('write one message for 20 requests that arrive together', async () => {
    const [order] = await placed();
    const queues = [mine, theirs].map((database) =>
      createCancelQueue(database, createStallDetector({ activity: 'cancelling' })),
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => queues[index % 2]?.submit({ orderId: order.id })),
    );
    expect(answers.filter((answer) => answer?.cancellation.kind === 'cancelling')).toHaveLength(1);
    expect(await cancelMessages()).toHaveLength(1);
  });

  it('do not deadlock over the same orders in opposite order', async () => {
    const orders = (await placed(21)).sort((a, b) => (a.id < b.id ? -1 : 1));
    const answers = await db.whileLocked(
      `SELECT 1 FROM orders WHERE id = '${orders[10]?.id}' FOR UPDATE`,
      2,
      () => Promise.all([cancel(asked(orders)), cancel(asked(orders.toReversed()), theirs)]),
    );
    expect(answers.flat().filter(({ kind }) => kind === 'cancelling')).toHaveLength(21);
    expect(await cancelMessages()).toHaveLength(21);
  });

  it('run before or after the result of the placement, never at once, for 200 orders', async () => {
    const orders = await placed(200);
    const rejected = orders.map(({ id, messageId }) => ({
      ...toResult(id, messageId, 'REJECTED'),
      reason: 'no',
    }));
    const batches = Array.from({ length: 20 }, (_, index) => orders.slice(index * 10, index * 10 + 10));
    const answers = await Promise.all(
      batches.flatMap((batch, index) => {
        const results = rejected.slice(index * 10, index * 10 + 10);
        const both = [() => cancel(asked(batch)), () => applyResults(theirs, results).then(() => [])];
        if (index % 2 === 0) both.reverse();
        return both.map((start) => start());
      }),
    );
    const after = await statuses();
    const begun = answers.flat().filter(({ kind }) => kind === 'cancelling');
    const written = await cancelMessages();
    expect(new Set(written.map(({ key }) => key))).toEqual(new Set(begun.map(({ orderId }) => orderId)));
    expect(written).toHaveLength(begun.length);
    for (const { id } of orders) {
      const isCancelled = begun.some(({ orderId }) => orderId === id);
      expect(after[id]).toBe(isCancelled ? 'CANCELLING' : 'REJECTED');
    }
  });

  it.each([
    ['the result', 'CANCELLING'],
    ['the cancellation', 'CANCELLING'],
  ])('end in one state when %s is still uncommitted as the other arrives', async (first, end) => {
    const [order] = await placed();
    const works = [() => applyResults(mine, [toConfirmation(order)]), () => cancel(asked([order]), theirs)];
    if (first === 'the cancellation') works.reverse();
    const [leader, follower] = works;
    let leading: Promise<unknown> | undefined;
    await db.whileLocked(`SELECT 1 FROM orders FOR UPDATE`, 2, async () => {
      leading = leader?.();
      await db.untilWaiting(1);
      await follower?.();
    });
    await leading;
    expect(await statuses()).toEqual({ [order.id]: end });
    expect(await cancelMessages()).toHaveLength(1);
    // Messages are numbered in commit order: the placement, then the cancellation.
    expect((await db.snapshot()).messages.map(({ status }) => status)).toEqual(['COMPLETED', 'PENDING']);
  });

  it('are not blocked by a locked order, which gets a 503', async () => {
    const [held, other] = await placed(2);
    const stallDetector = createStallDetector({ activity: 'cancelling' });
    const queue = createCancelQueue(mine, stallDetector);
    const lock = await db.lock(`SELECT 1 FROM orders WHERE id = '${held.id}' FOR UPDATE`);
    const [rejected, cancelled, unknown] = await Promise.allSettled(
      [held.id, other?.id ?? '', randomUUID()].map((orderId) => queue.submit({ orderId })),
    );
    expect(rejected).toMatchObject({ status: 'rejected', reason: { status: 503 } });
    expect(cancelled).toMatchObject({ value: { order: { status: 'CANCELLING' } } });
    expect(unknown).toMatchObject({ value: { cancellation: { kind: 'unknown' }, order: undefined } });
    await lock.release();
    expect(await queue.submit({ orderId: held.id })).toMatchObject({ order: { status: 'CANCELLING' } });
    expect(await cancelMessages()).toHaveLength(2);
  });

  it('fail at once while the database is down', async () => {
    const queue = createCancelQueue(db.connectToNothing(), createStallDetector({ activity: 'cancelling' }));
    const outcomes = await Promise.allSettled([1, 2].map(() => queue.submit({ orderId: randomUUID() })));
    for (const outcome of outcomes) {
      expect(outcome.status === 'rejected' && databaseFailure(outcome.reason)).toBe('unavailable');
    }
  });
});
