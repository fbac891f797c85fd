import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import type { Answer } from '../http-client.js';
import { countByStatus, toIds } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

const cancelAll = (system: System, orders: readonly PlacedOrder[]): Promise<Answer[]> =>
  Promise.all(orders.map(({ id }) => system.cancel(id, { reason: 'changed my mind' })));

const readMessages = (system: System, orders: readonly PlacedOrder[]) =>
  system.order.query<{ type: string; status: string; outcome: string; reason: string | null }>(
    `SELECT type, status, result ->> 'outcome' AS outcome, result ->> 'reason' AS reason
     FROM outbox_messages WHERE key = ANY($1) ORDER BY seq`,
    [toIds(orders)],
  );

export function cancelsOrders(system: System): void {
  it('cancel.duringPlaced: cancels an order right after it was placed and leaves the stock unchanged', async () => {
    const sku = await system.addSku(10);
    const orders = await system.place(1, sku, 3);
    const [answer] = await cancelAll(system, orders);
    expect(answer).toMatchObject({
      status: 202,
      json: {
        id: orders[0]?.id,
        status: 'CANCELLING',
        messages: [{ type: 'order.placed.v1' }, { type: 'order.cancelled.v1', status: 'PENDING' }],
      },
    });
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CANCELLED: 1 });
    expect(await system.available(sku)).toBe(10);
  });

  it('cancel.afterPlaced: releases the stock of a confirmed order once, however often it is cancelled', async () => {
    const sku = await system.addSku(10);
    const orders = await system.place(1, sku, 3);
    await system.expectAllFinished();
    expect(await system.available(sku)).toBe(7);

    const answers = await Promise.all(Array.from({ length: 20 }, () => cancelAll(system, orders)));
    for (const { status, json } of answers.flat()) {
      expect([
        { status: 202, json: expect.objectContaining({ status: 'CANCELLING' }) },
        { status: 200, json: expect.objectContaining({ status: 'CANCELLED' }) },
      ]).toContainEqual({ status, json });
    }
    await system.expectAllFinished();
    const [later] = await cancelAll(system, orders);
    expect(later).toMatchObject({ status: 200, json: { status: 'CANCELLED' } });
    expect(await countByStatus(system, orders)).toEqual({ CANCELLED: 1 });
    expect(await system.available(sku)).toBe(10);
    const released = await system.inventory.value<number>(
      `SELECT sum(delta)::int FROM stock_movements WHERE kind = 'RELEASE' AND order_id = ANY($1)`,
      [toIds(orders)],
    );
    expect(released).toBe(3);
    expect(await readMessages(system, orders)).toHaveLength(2);
  });
}

export function cancelsBeforePlacement(system: System): void {
  it('cancel.beforePlaced: deducts nothing for a placement that arrives after its cancellation', async () => {
    const sku = await system.addSku(10);
    await system.stack.stop('relay');
    const orders = await system.place(5, sku);
    // Make the placements DEAD, so that the relay publishes only the cancellations. The test
    // requeues the placements once the cancellations are complete.
    await system.order.query(
      `UPDATE outbox_messages SET status = 'DEAD', last_error = 'injected'
       WHERE key = ANY($1) AND type = 'order.placed.v1'`,
      [toIds(orders)],
    );
    await cancelAll(system, orders);
    await system.stack.start('relay');
    await poll('all are cancelled', async () => (await countByStatus(system, orders)).CANCELLED === 5);
    const tombstones = await system.inventory.query(
      `SELECT DISTINCT status FROM reservations WHERE order_id = ANY($1)`,
      [toIds(orders)],
    );
    expect(tombstones).toEqual([{ status: 'CANCELLED' }]);

    await system.order.query(
      `UPDATE outbox_messages SET status = 'PENDING', available_at = now() WHERE key = ANY($1) AND status = 'DEAD'`,
      [toIds(orders)],
    );
    await system.expectAllFinished();
    const placements = (await readMessages(system, orders)).filter(({ type }) => type === 'order.placed.v1');
    expect(placements).toEqual(
      Array(5).fill({
        type: 'order.placed.v1',
        status: 'COMPLETED',
        outcome: 'REJECTED',
        reason: 'the order was cancelled',
      }),
    );
    expect(await countByStatus(system, orders)).toEqual({ CANCELLED: 5 });
    expect(await system.available(sku)).toBe(10);
  });
}

export function cancelsDuringInventoryOutage(system: System): void {
  it('cancels confirmed and pending orders once a dead inventory is back', async () => {
    const sku = await system.addSku(100);
    const confirmed = await system.place(10, sku);
    await system.expectAllFinished();
    await system.stack.kill('inventory');
    const pending = await system.place(10, sku);
    const orders = [...confirmed, ...pending];
    for (const answer of await cancelAll(system, orders)) {
      expect(answer).toMatchObject({ status: 202, json: { status: 'CANCELLING' } });
    }
    expect(await system.available(sku)).toBe(90);

    await system.stack.start('inventory');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CANCELLED: 20 });
    expect(await system.available(sku)).toBe(100);
  });

  it('cancel.duringPlaced: finishes every order once under load, with random cancellations and a killed inventory', async () => {
    const sku = await system.addSku(120);
    const cancelled: PlacedOrder[] = [];
    let placed = 0;

    async function placeAndCancelSome(): Promise<PlacedOrder[]> {
      const orders = await system.place(5, sku);
      placed += orders.length;
      const chosen = orders.filter(() => Math.random() < 0.5);
      for (const order of chosen) {
        const { status } = await system.cancel(order.id);
        // 409: the order was rejected because the stock is sold out.
        expect([200, 202, 409]).toContain(status);
        if (status !== 409) cancelled.push(order);
      }
      return orders;
    }
    const killing = poll('half of the orders are placed', () => placed >= 150).then(async () => {
      await system.stack.kill('inventory');
      await system.stack.start('inventory');
    });
    const lanes = Array.from({ length: 6 }, async () => {
      const orders: PlacedOrder[] = [];
      while (orders.length < 50) orders.push(...(await placeAndCancelSome()));
      return orders;
    });
    const [orders] = await Promise.all([Promise.all(lanes), killing]);
    await system.expectAllFinished();

    const { CONFIRMED = 0, CANCELLED = 0, REJECTED = 0 } = await countByStatus(system, orders.flat());
    expect(CANCELLED).toBe(cancelled.length);
    expect(CONFIRMED + CANCELLED + REJECTED).toBe(300);
    expect(await countByStatus(system, cancelled)).toEqual({ CANCELLED: cancelled.length });
    expect(await system.available(sku)).toBe(120 - CONFIRMED);
  });
}
