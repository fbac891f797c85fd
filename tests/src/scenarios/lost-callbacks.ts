import { createHmac } from 'node:crypto';
import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

export function survivesLostCallbacks(system: System): void {
  const inInbox = (orders: readonly PlacedOrder[]) =>
    system.inventory.value<number>('SELECT count(*)::int FROM inbox_messages WHERE order_id = ANY($1)', [
      orders.map(({ id }) => id),
    ]);
  const publishedAgain = (orders: readonly PlacedOrder[]) =>
    system.order.value<number>(
      'SELECT count(*)::int FROM outbox_messages WHERE attempts >= 2 AND key = ANY($1)',
      [orders.map(({ id }) => id)],
    );

  async function allConfirmedOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 30 });
    expect(await system.available(sku)).toBe(70);
  }

  it('callback.requestLost: deducts once although order refuses the callback until the messages come again', async () => {
    const sku = await system.newSku(100);
    await system.callbacks.inject('refuse');
    const orders = await system.place(30, sku);
    await poll('all are deducted', async () => (await inInbox(orders)) === 30);
    await poll('all are published again', async () => (await publishedAgain(orders)) === 30);
    expect(await system.countByStatus(orders)).toEqual({ PENDING: 30 });
    await system.callbacks.inject('pass');
    await allConfirmedOnce(orders, sku);
  });

  it('callback.replyLost: finishes once although the answers to the callbacks get lost', async () => {
    const sku = await system.newSku(100);
    const before = system.callbacks.cut;
    await system.callbacks.inject('cut-answers');
    const orders = await system.place(30, sku);
    await poll('all are confirmed', async () => {
      return (await system.countByStatus(orders)).CONFIRMED === 30;
    });
    await poll('the same results were sent again', () => system.callbacks.cut >= before + 2);
    await system.callbacks.inject('pass');
    await allConfirmedOnce(orders, sku);
  });

  it('callback.late: finishes once although the callbacks come after the messages went out again', async () => {
    const sku = await system.newSku(100);
    await system.callbacks.inject('delay');
    const orders = await system.place(30, sku);
    await poll('all are confirmed', async () => {
      return (await system.countByStatus(orders)).CONFIRMED === 30;
    });
    expect(await publishedAgain(orders)).toBe(30);
    await system.callbacks.inject('pass');
    await allConfirmedOnce(orders, sku);
  });

  /** The consumer's verdict that it gives up, which only a signed request can bring. */
  async function giveUp({ id, messageId }: PlacedOrder): Promise<unknown> {
    const processedAt = new Date().toISOString();
    const result = { messageId, orderId: id, outcome: 'FAILED', reason: 'given up', processedAt };
    const body = JSON.stringify({ results: [result] });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const signed = createHmac('sha256', system.stack.callbackSecret).update(`${id}.${timestamp}.${body}`);
    const answer = await send('POST', `${system.stack.urls.orderInternal}/internal/message-results`, body, {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signed.digest('base64')}`,
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json.results[0].status;
  }

  const requeue = ({ messageId }: PlacedOrder) =>
    send('POST', `${system.stack.urls.orderInternal}/messages/${messageId}/requeue`, '{}', {
      authorization: `Bearer ${system.stack.adminToken}`,
    });

  it.each([
    ['is DEAD', async () => {}],
    [
      'was DEAD and is requeued',
      async (order: PlacedOrder) => expect(await requeue(order)).toMatchObject({ status: 200 }),
    ],
  ])('callback.late: the result of a message that %s finishes the order, once', async (_, meanwhile) => {
    const sku = await system.newSku(100);
    await system.callbacks.inject('refuse');
    const orders = await system.place(1, sku);
    const [order] = orders;
    if (order === undefined) throw new Error('no order was placed');
    await poll('it is deducted', async () => (await inInbox(orders)) === 1);
    expect(await giveUp(order)).toBe('applied');
    expect(
      await system.order.value('SELECT status FROM outbox_messages WHERE id = $1', [order.messageId]),
    ).toBe('DEAD');
    await meanwhile(order);
    await system.callbacks.inject('pass');
    await system.everythingFinishes();
    expect(await giveUp(order)).toBe('duplicate');
    expect(await requeue(order)).toMatchObject({ status: 409 });
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 1 });
    expect(await system.available(sku)).toBe(99);
  });
}
