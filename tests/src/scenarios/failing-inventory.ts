import { ORDER_EVENTS_TOPIC, type PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import { openTopic } from '../kafka-topic.js';
import type { System } from '../system.fixture.js';

export function survivesAFailingInventory(system: System): void {
  /** What the inventory has stored of orders, in rows. */
  const storedOf = async (orders: readonly PlacedOrder[]) => {
    const ids = [orders.map(({ id }) => id)];
    const count = (table: string) =>
      system.inventory.value<number>(`SELECT count(*)::int FROM ${table} WHERE order_id = ANY($1)`, ids);
    const tables = ['inbox_messages', 'reservations', 'stock_movements'];
    return Promise.all(tables.map(count));
  };

  async function finishesOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    // After kill -9 the group waits for the dead member's session to run out.
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(100 - orders.length);
  }

  const ignoredCopyOf = (orders: readonly PlacedOrder[]) =>
    system.stack
      .lines('inventory')
      .some((line) => line.includes('duplicate ignored') && line.includes(orders[0]?.messageId ?? '?'));

  it('inventory.afterCommitBeforeOffset: killed there, the batch comes again and has no effect', async () => {
    const sku = await system.newSku(100);
    const inventory = await failAt(system, 'inventory.afterCommitBeforeOffset');
    const orders = await system.place(1, sku);
    await inventory.reached();
    expect(await storedOf(orders)).toEqual([1, 1, 1]);
    expect(await system.countByStatus(orders)).toEqual({ PENDING: 1 });
    await inventory.dies();
    await finishesOnce(orders, sku);
    expect(ignoredCopyOf(orders)).toBe(true);
  });

  it('inventory.afterCommitBeforeCallback: killed there, the message comes again and its stored result is sent', async () => {
    const sku = await system.newSku(100);
    // Long enough for the broker to be told that all is done.
    const inventory = await failAt(system, 'inventory.afterCommitBeforeCallback', 'pause:60000');
    const orders = await system.place(1, sku);
    await inventory.reached();
    if (system.kind === 'kafka') {
      const topic = openTopic(system.stack.broker.bootstrap ?? '', ORDER_EVENTS_TOPIC);
      await poll('the offset is committed', async () => (await topic.lagOf('inventory')) === 0);
    }
    expect(await system.countByStatus(orders)).toEqual({ PENDING: 1 });
    await inventory.dies();
    await finishesOnce(orders, sku);
    expect(ignoredCopyOf(orders)).toBe(true);
  });

  // What happens before the commit has nothing to do with the transport.
  if (system.kind === 'direct') return;

  it.each(['inventory.beforeTx', 'inventory.midTx'] as const)(
    '%s: killed there, nothing is stored, and the batch comes again',
    async (point) => {
      const sku = await system.newSku(100);
      const inventory = await failAt(system, point);
      const orders = await system.place(3, sku);
      await inventory.reached();
      await inventory.dies(async () => {
        expect(await storedOf(orders)).toEqual([0, 0, 0]);
        expect(await system.available(sku)).toBe(100);
      });
      await finishesOnce(orders, sku);
    },
  );

  it.each(['40001', '40P01'])('inventory.midTx: %s there, the batch is run again at once', async (code) => {
    const sku = await system.newSku(100);
    const inventory = await failAt(system, 'inventory.midTx', `error:${code}`);
    const orders = await system.place(3, sku);
    await inventory.reached();
    await finishesOnce(orders, sku);
  });

  it('inventory.midTx: Postgres restarted there, inbox, stock and movements are stored together', async () => {
    const sku = await system.newSku(100);
    const inventory = await failAt(system, 'inventory.midTx', 'pause:1500');
    const orders = await system.place(3, sku);
    await inventory.reached();
    await system.stack.kill('postgres');
    await system.stack.start('postgres');
    await finishesOnce(orders, sku);
    expect(await storedOf(orders)).toEqual([3, 3, 3]);
  });
}
