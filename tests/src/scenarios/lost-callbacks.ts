import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { reportFailed, requeue } from '../operator.js';
import { countByStatus, countInInbox, countPublished } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

async function expectAllConfirmedOnce(system: System, orders: readonly PlacedOrder[], sku: string) {
  await system.expectAllFinished();
  expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 30 });
  expect(await system.available(sku)).toBe(70);
}

const allConfirmed = (system: System, orders: readonly PlacedOrder[]) =>
  poll('all are confirmed', async () => (await countByStatus(system, orders)).CONFIRMED === orders.length);

export function survivesRefusedCallbacks(system: System): void {
  it('callback.requestLost: deducts once although order refuses callbacks until the relay republishes', async () => {
    const sku = await system.addSku(100);
    system.callbacks.inject('refuse');
    const orders = await system.place(30, sku);
    await poll('all are deducted', async () => (await countInInbox(system, orders)) === 30);
    await poll('all are republished', async () => (await countPublished(system, orders, 2)) === 30);
    expect(await countByStatus(system, orders)).toEqual({ PENDING: 30 });
    system.callbacks.inject('pass');
    await expectAllConfirmedOnce(system, orders, sku);
  });
}

export function survivesLateCallbacks(system: System): void {
  it('callback.replyLost: finishes each order once although the responses to callbacks are lost', async () => {
    const sku = await system.addSku(100);
    const before = system.callbacks.repliesCut;
    system.callbacks.inject('cut-replies');
    const orders = await system.place(30, sku);
    await allConfirmed(system, orders);
    await poll('the same results were sent again', () => system.callbacks.repliesCut >= before + 2);
    system.callbacks.inject('pass');
    await expectAllConfirmedOnce(system, orders, sku);
  });

  it('callback.late: finishes each order once although callbacks arrive after the messages are republished', async () => {
    const sku = await system.addSku(100);
    system.callbacks.inject('delay');
    const orders = await system.place(30, sku);
    await allConfirmed(system, orders);
    expect(await countPublished(system, orders, 2)).toBe(30);
    system.callbacks.inject('pass');
    await expectAllConfirmedOnce(system, orders, sku);
  });

  it.each([
    ['is DEAD', async () => {}],
    [
      'was DEAD and is requeued',
      async (order: PlacedOrder) => expect(await requeue(system, order)).toMatchObject({ status: 200 }),
    ],
  ])('callback.late: the result of a message that %s finishes the order once', async (_, meanwhile) => {
    const sku = await system.addSku(100);
    system.callbacks.inject('refuse');
    const orders = await system.place(1, sku);
    const [order] = orders;
    if (order === undefined) throw new Error('no order was placed');
    await poll('it is deducted', async () => (await countInInbox(system, orders)) === 1);
    expect(await reportFailed(system, orders, 'failed')).toEqual(['applied']);
    expect(
      await system.order.value('SELECT status FROM outbox_messages WHERE id = $1', [order.messageId]),
    ).toBe('DEAD');
    await meanwhile(order);
    system.callbacks.inject('pass');
    await system.expectAllFinished();
    expect(await reportFailed(system, orders, 'failed')).toEqual(['duplicate']);
    expect(await requeue(system, order)).toMatchObject({ status: 409 });
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 1 });
    expect(await system.available(sku)).toBe(99);
  });
}
