import type { OrderView } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

export function confirmsAndRejectsOrders(system: System): void {
  it('confirms an order in stock and deducts its quantity', async () => {
    const sku = await system.addSku(10);
    const orders = await system.place(1, sku, 3);
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 1 });
    expect(await system.available(sku)).toBe(7);
  });

  it('rejects an order that exceeds the stock, with the reason, and leaves the stock unchanged', async () => {
    const sku = await system.addSku(10);
    const [order] = await system.place(1, sku, 11);
    await system.expectAllFinished();
    const { text } = await send('GET', `${system.stack.urls.order}/orders/${order?.id}`);
    const view: OrderView = JSON.parse(text);
    expect(view).toMatchObject({
      status: 'REJECTED',
      rejectReason: `not enough ${sku}: 11 ordered, 10 available`,
      messages: [{ id: order?.messageId, status: 'COMPLETED' }],
    });
    expect(await system.available(sku)).toBe(10);
  });
}

export function neverOversells(system: System): void {
  it('confirms exactly 100 of 300 parallel orders for a stock of 100', async () => {
    const sku = await system.addSku(100);
    const seen = new Set<number>();
    const orders = await system.place(300, sku);
    await poll('the stock is sold', async () => {
      const available = await system.available(sku);
      seen.add(available);
      return available <= 0;
    });
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 100, REJECTED: 200 });
    expect(await system.available(sku)).toBe(0);
    expect(Math.min(...seen)).toBe(0);
  });
}
