import { poll } from '@lmt/stack';
import { expect, it, onTestFinished } from 'vitest';
import { countByStatus, toIds } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

async function restartOrder({ stack }: System, expiresAfterSeconds: string | undefined): Promise<void> {
  await stack.stop('order');
  stack.setEnv('order', { ORDER_EXPIRES_AFTER_SECONDS: expiresAfterSeconds });
  await stack.start('order');
  await stack.ready('order');
}

export function expiresOrders(system: System): void {
  it('cancel.expired: cancels orders that are not confirmed in time, and never publishes their placements', async () => {
    const sku = await system.addSku(10);
    const confirmed = await system.place(1, sku);
    await system.expectAllFinished();
    onTestFinished(() => restartOrder(system, undefined));
    await restartOrder(system, '1');
    await system.stack.stop('relay');
    const orders = await system.place(3, sku);
    await poll('all expire', async () => (await countByStatus(system, orders)).CANCELLING === 3);

    await system.stack.start('relay');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CANCELLED: 3 });
    expect(await countByStatus(system, confirmed)).toEqual({ CONFIRMED: 1 });
    const messages = await system.order.query(
      'SELECT DISTINCT type, status, least(attempts, 1) AS published FROM outbox_messages WHERE key = ANY($1) ORDER BY type',
      [toIds(orders)],
    );
    expect(messages).toEqual([
      { type: 'order.cancelled.v1', status: 'COMPLETED', published: 1 },
      { type: 'order.placed.v1', status: 'DISCARDED', published: 0 },
    ]);
    expect(await system.available(sku)).toBe(9);
  });
}
