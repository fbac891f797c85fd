import { randomUUID } from 'node:crypto';
import type { MessageResult } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { anOrder } from '../orders/an-order.fixture.js';
import { type NewOrder, placeOrders } from '../orders/place-orders.js';
import { applyResults } from '../results/apply-results.js';
import { type CancelRequest, cancelOrders } from './cancel-orders.js';

let db: OrderTestDatabase;
let mine: OrderDatabase;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  mine = db.connect();
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
