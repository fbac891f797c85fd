import type { PlacedOrder } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { poll } from '../../../scripts/stack/poll.mjs';
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
}
