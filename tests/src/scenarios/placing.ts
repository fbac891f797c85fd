import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

export function placesOrders(system: System): void {
  it('confirms an order in stock and deducts exactly its quantity', async () => {
    const sku = await system.newSku(10);
    const orders = await system.place(1, sku, 3);
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 1 });
    expect(await system.available(sku)).toBe(7);
  });

  it('rejects an order for more than there is, with the reason, and leaves the stock alone', async () => {
    const sku = await system.newSku(10);
    const [order] = await system.place(1, sku, 11);
    await system.everythingFinishes();
    const answer = await send('GET', `${system.stack.urls.order}/orders/${order?.id}`);
    expect(answer.json).toMatchObject({
      status: 'REJECTED',
      rejectReason: `not enough ${sku}: 11 ordered, 10 available`,
      messages: [{ id: order?.messageId, status: 'COMPLETED' }],
    });
    expect(await system.available(sku)).toBe(10);
  });

  it('rejects an order for a sku that does not exist', async () => {
    const orders = await system.place(1, 'NO-SUCH-SKU');
    await system.everythingFinishes();
    const reasons = await system.order.query('SELECT reject_reason FROM orders WHERE id = $1', [
      orders[0]?.id,
    ]);
    expect(reasons).toEqual([{ reject_reason: 'unknown sku NO-SUCH-SKU' }]);
  });

  it('sells a stock of 100 to exactly 100 of 300 who order at once, and never more', async () => {
    const sku = await system.newSku(100);
    const seen = new Set<number>();
    const orders = await system.place(300, sku);
    await poll('the stock is sold', async () => {
      const available = await system.available(sku);
      seen.add(available);
      return available <= 0;
    });
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 100, REJECTED: 200 });
    expect(await system.available(sku)).toBe(0);
    expect(Math.min(...seen)).toBe(0);
  });
}
