import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';

const idsOf = (orders: readonly PlacedOrder[]) => orders.map(({ id }) => id);

export function cancelsOrders(system: System): void {
  const cancelAll = (orders: readonly PlacedOrder[]) =>
    Promise.all(orders.map(({ id }) => system.cancel(id, { reason: 'changed my mind' })));
  const messagesOf = (orders: readonly PlacedOrder[]) =>
    system.order.query<{ type: string; status: string; outcome: string; reason: string | null }>(
      `SELECT type, status, result ->> 'outcome' AS outcome, result ->> 'reason' AS reason
       FROM outbox_messages WHERE key = ANY($1) ORDER BY seq`,
      [idsOf(orders)],
    );
  const releasesOf = (orders: readonly PlacedOrder[]) =>
    system.inventory.value<number>(
      `SELECT coalesce(sum(delta), 0)::int FROM stock_movements WHERE kind = 'RELEASE' AND order_id = ANY($1)`,
      [idsOf(orders)],
    );

  it('cancel.duringPlaced: cancels an order at once after it was placed, and leaves the stock as it was', async () => {
    const sku = await system.newSku(10);
    const orders = await system.place(1, sku, 3);
    const [answer] = await cancelAll(orders);
    expect(answer).toMatchObject({
      status: 202,
      json: {
        id: orders[0]?.id,
        status: 'CANCELLING',
        messages: [{ type: 'order.placed.v1' }, { type: 'order.cancelled.v1', status: 'PENDING' }],
      },
    });
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CANCELLED: 1 });
    expect(await system.available(sku)).toBe(10);
  });

  it('cancel.afterPlaced: gives back exactly what a confirmed order took, once, though it is cancelled again and again', async () => {
    const sku = await system.newSku(10);
    const orders = await system.place(1, sku, 3);
    await system.everythingFinishes();
    expect(await system.available(sku)).toBe(7);

    const answers = await Promise.all(Array.from({ length: 20 }, () => cancelAll(orders)));
    for (const { status, json } of answers.flat()) {
      expect(['202 CANCELLING', '200 CANCELLED']).toContain(`${status} ${json.status}`);
    }
    await system.everythingFinishes();
    expect((await cancelAll(orders))[0]).toMatchObject({ status: 200, json: { status: 'CANCELLED' } });
    expect(await system.countByStatus(orders)).toEqual({ CANCELLED: 1 });
    expect(await system.available(sku)).toBe(10);
    expect(await releasesOf(orders)).toBe(3);
    expect(await messagesOf(orders)).toHaveLength(2);
  });

  it('refuses to cancel an order that was rejected', async () => {
    const sku = await system.newSku(1);
    const orders = await system.place(1, sku, 2);
    await system.everythingFinishes();
    const [answer] = await cancelAll(orders);
    expect(answer).toMatchObject({ status: 409, json: { status: 409 } });
    expect(answer?.json.detail).toContain(`not enough ${sku}`);
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ REJECTED: 1 });
  });

  it('cancels what was confirmed and what was not while the inventory is dead, when it is back', async () => {
    const sku = await system.newSku(100);
    const confirmed = await system.place(10, sku);
    await system.everythingFinishes();
    await system.stack.kill('inventory');
    const pending = await system.place(10, sku);
    const orders = [...confirmed, ...pending];
    for (const { status, json } of await cancelAll(orders)) {
      expect([status, json.status]).toEqual([202, 'CANCELLING']);
    }
    expect(await system.available(sku)).toBe(90);

    await system.stack.start('inventory');
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CANCELLED: 20 });
    expect(await system.available(sku)).toBe(100);
  });

  it('cancel.beforePlaced: deducts nothing for a placement that arrives after its cancelling', async () => {
    const sku = await system.newSku(10);
    await system.stack.stop('relay');
    const orders = await system.place(5, sku);
    // Given up, so that the cancelling goes out alone, and requeued when that is done.
    await system.order.query(
      `UPDATE outbox_messages SET status = 'DEAD', last_error = 'given up'
       WHERE key = ANY($1) AND type = 'order.placed.v1'`,
      [idsOf(orders)],
    );
    await cancelAll(orders);
    await system.stack.start('relay');
    await poll('all are cancelled', async () => (await system.countByStatus(orders)).CANCELLED === 5);
    const tombstones = await system.inventory.query(
      `SELECT DISTINCT status FROM reservations WHERE order_id = ANY($1)`,
      [idsOf(orders)],
    );
    expect(tombstones).toEqual([{ status: 'CANCELLED' }]);

    await system.order.query(
      `UPDATE outbox_messages SET status = 'PENDING', available_at = now() WHERE key = ANY($1) AND status = 'DEAD'`,
      [idsOf(orders)],
    );
    await system.everythingFinishes();
    const placements = (await messagesOf(orders)).filter(({ type }) => type === 'order.placed.v1');
    expect(placements).toEqual(
      Array(5).fill({
        type: 'order.placed.v1',
        status: 'COMPLETED',
        outcome: 'REJECTED',
        reason: 'the order was cancelled',
      }),
    );
    expect(await system.countByStatus(orders)).toEqual({ CANCELLED: 5 });
    expect(await system.available(sku)).toBe(10);
  });

  it('cancel.duringPlaced: ends every order once under load, with cancellings at random and an inventory that is killed', async () => {
    const sku = await system.newSku(120);
    const cancelled: PlacedOrder[] = [];
    let placed = 0;

    async function placeAndPerhapsCancel(): Promise<PlacedOrder[]> {
      const orders = await system.place(5, sku);
      placed += orders.length;
      const chosen = orders.filter(() => Math.random() < 0.5);
      for (const order of chosen) {
        const { status } = await system.cancel(order.id);
        // The stock may be sold out by then.
        expect([200, 202, 409]).toContain(status);
        if (status !== 409) cancelled.push(order);
      }
      return orders;
    }
    const killing = poll('half of them are placed', () => placed >= 150).then(async () => {
      await system.stack.kill('inventory');
      await system.stack.start('inventory');
    });
    const lanes = Array.from({ length: 6 }, async () => {
      const orders: PlacedOrder[] = [];
      while (orders.length < 50) orders.push(...(await placeAndPerhapsCancel()));
      return orders;
    });
    const [orders] = await Promise.all([Promise.all(lanes), killing]);
    await system.everythingFinishes();

    const { CONFIRMED = 0, CANCELLED = 0, REJECTED = 0 } = await system.countByStatus(orders.flat());
    expect(CANCELLED).toBe(cancelled.length);
    expect(CONFIRMED + CANCELLED + REJECTED).toBe(300);
    expect(await system.countByStatus(cancelled)).toEqual({ CANCELLED: cancelled.length });
    expect(await system.available(sku)).toBe(120 - CONFIRMED);
  });
}
