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
const setStatus = (order: { id: string }, status: string) =>
  db.admin.query(`UPDATE orders SET status = $2, reject_reason = 'no' WHERE id = $1`, [order.id, status]);
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

describe('cancelling orders', () => {
  it('makes the order CANCELLING and writes a message after that of the placement', async () => {
    const [order] = await placed();
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    const answers = await cancel([{ orderId: order.id, reason: 'changed my mind', traceparent }]);
    expect(answers).toEqual([{ kind: 'cancelling', orderId: order.id, messageId: expect.any(String) }]);
    expect(await statuses()).toEqual({ [order.id]: 'CANCELLING' });
    const { messages } = await db.snapshot();
    expect(messages[1]).toMatchObject({
      id: answers[0]?.kind === 'cancelling' && answers[0].messageId,
      topic: 'order-events',
      key: order.id,
      type: 'order.cancelled.v1',
      status: 'PENDING',
      payload: { orderId: order.id, reason: 'changed my mind', cancelledAt: expect.any(String) },
      headers: { traceparent },
    });
  });

  it('starts a new trace if the client sends no trace context', async () => {
    const [order] = await placed();
    await cancel(asked([order]));
    const [message] = await cancelMessages();
    expect(message?.headers.traceparent).toContain(message?.id.replaceAll('-', ''));
    expect(message?.payload).not.toHaveProperty('reason');
  });

  it('answers each request in the order given, and changes only PENDING or CONFIRMED orders', async () => {
    const orders = await placed(5);
    const [pending, ...others] = orders;
    const states = ['CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED'];
    await Promise.all(others.map((order, index) => setStatus(order, states[index] ?? '')));
    const unknown = randomUUID();
    const answers = await cancel([{ orderId: unknown }, ...asked(orders), ...asked([pending])]);
    expect(answers).toEqual([
      { kind: 'unknown', orderId: unknown },
      ...orders.slice(0, 2).map(({ id }) => expect.objectContaining({ kind: 'cancelling', orderId: id })),
      ...orders.slice(2).map(({ id }) => ({ kind: 'unchanged', orderId: id })),
      { kind: 'unchanged', orderId: pending.id },
    ]);
    expect(await cancelMessages()).toHaveLength(2);
    expect(Object.values(await statuses()).sort()).toEqual(
      ['CANCELLING', 'CANCELLING', 'REJECTED', 'CANCELLING', 'CANCELLED'].sort(),
    );
  });

  it.each([
    ['orders', 'UPDATE', 'statement'],
    ['orders', 'UPDATE', 'commit'],
    ['outbox_messages', 'INSERT', 'statement'],
    ['outbox_messages', 'INSERT', 'commit'],
  ] as const)('changes nothing when writing %s (%s) fails at the %s', async (table, event, when) => {
    const [order] = await placed();
    await db.injectFailure(table, event, when);
    await expect(cancel(asked([order]))).rejects.toThrow(/injected/);
    expect(await statuses()).toEqual({ [order.id]: 'PENDING' });
    expect(await cancelMessages()).toEqual([]);
  });

  it("commits and rolls back with the rest of the caller's transaction", async () => {
    const [order] = await placed();
    const work = mine.$transaction(async (tx) => {
      await cancelOrders(tx, asked([order]));
      throw new Error('the caller rolls back');
    });
    await expect(work).rejects.toThrow(/rolls back/);
    expect(await statuses()).toEqual({ [order.id]: 'PENDING' });
    expect(await cancelMessages()).toEqual([]);
  });
});

describe('results for an order that is being cancelled', () => {
  async function cancelling(): Promise<{ order: NewOrder; messageId: string }> {
    const [order] = await placed();
    const [answer] = await cancel(asked([order]));
    if (answer?.kind !== 'cancelling') throw new Error('the order is being cancelled');
    return { order, messageId: answer.messageId };
  }

  it.each([
    ['SUCCEEDED', 'before'],
    ['REJECTED', 'before'],
    ['SUCCEEDED', 'after'],
    ['REJECTED', 'after'],
    ['SUCCEEDED', 'in one call with'],
  ] as const)(
    'end it CANCELLED when its placement %s, reported %s the cancellation',
    async (outcome, when) => {
      const { order, messageId } = await cancelling();
      const ofPlacement = toResult(order.id, order.messageId, outcome);
      const ofCancelling = toResult(order.id, messageId);
      const calls = {
        before: [[ofPlacement], [ofCancelling]],
        after: [[ofCancelling], [ofPlacement]],
        'in one call with': [[ofPlacement, ofCancelling]],
      }[when];
      for (const results of calls) await applyResults(mine, results);
      expect(await statuses()).toEqual({ [order.id]: 'CANCELLED' });
      expect((await db.snapshot()).messages.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
    },
  );

  it.each(['FAILED', 'REJECTED'] as const)(
    'leave it CANCELLING when the consumer reports %s, with the message DEAD for an operator to requeue',
    async (outcome) => {
      const { order, messageId } = await cancelling();
      const { applied } = await applyResults(mine, [toResult(order.id, messageId, outcome)]);
      expect(applied).toMatchObject([{ status: 'applied', newStatus: 'DEAD' }]);
      expect(await statuses()).toEqual({ [order.id]: 'CANCELLING' });
      const [message] = await cancelMessages();
      expect(message).toMatchObject({ status: 'DEAD', last_error: 'no reason given' });

      // After a requeue the message fails again or takes effect. Both results are accepted.
      await applyResults(mine, [toResult(order.id, messageId, outcome)]);
      await applyResults(mine, [toResult(order.id, messageId)]);
      expect(await statuses()).toEqual({ [order.id]: 'CANCELLED' });
    },
  );
});

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
