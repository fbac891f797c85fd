import { ORDER_EVENTS_TOPIC, type PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import { openTopic } from '../kafka-topic.js';
import { countByStatus, countInInbox, duplicateIgnored, toIds } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** Counts the rows that the inventory has stored for the orders. */
async function countStored(system: System, orders: readonly PlacedOrder[]): Promise<number[]> {
  const count = (table: string) =>
    system.inventory.value<number>(`SELECT count(*)::int FROM ${table} WHERE order_id = ANY($1)`, [
      toIds(orders),
    ]);
  return [await countInInbox(system, orders), await count('reservations'), await count('stock_movements')];
}

async function expectConfirmedOnce(system: System, orders: readonly PlacedOrder[], sku: string) {
  await system.expectAllFinished();
  expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: orders.length });
  expect(await system.available(sku)).toBe(100 - orders.length);
}

/** Kafka redelivers by offset, the direct transport by the relay's retry, so this runs on both. */
export function survivesInventoryFailingAfterCommit(system: System): void {
  it('inventory.afterCommitBeforeOffset: after a kill the batch is redelivered without effect', async () => {
    const sku = await system.addSku(100);
    const inventory = await failAt(system, 'inventory.afterCommitBeforeOffset');
    const orders = await system.place(1, sku);
    await inventory.reached();
    expect(await countStored(system, orders)).toEqual([1, 1, 1]);
    expect(await countByStatus(system, orders)).toEqual({ PENDING: 1 });
    await inventory.die();
    await expectConfirmedOnce(system, orders, sku);
    expect(duplicateIgnored(system, orders[0])).toBe(true);
  });

  it('inventory.afterCommitBeforeCallback: after a kill the message is republished and its stored result sent', async () => {
    const sku = await system.addSku(100);
    // During a pause, unlike after a stop, the consumer commits its offset.
    const inventory = await failAt(system, 'inventory.afterCommitBeforeCallback', 'pause:60000');
    const orders = await system.place(1, sku);
    await inventory.reached();
    if (system.kind === 'kafka') {
      const topic = openTopic(system.stack.broker.bootstrap ?? '', ORDER_EVENTS_TOPIC);
      await poll('the offset is committed', async () => (await topic.readLag('inventory')) === 0);
    }
    expect(await countByStatus(system, orders)).toEqual({ PENDING: 1 });
    await inventory.die();
    await expectConfirmedOnce(system, orders, sku);
    expect(duplicateIgnored(system, orders[0])).toBe(true);
  });
}

/** Runs on the direct transport only, because the outcome depends only on the database. */
export function survivesInventoryKilledBeforeCommit(system: System): void {
  it.each(['inventory.beforeTx', 'inventory.midTx'] as const)(
    '%s: a kill leaves nothing stored, and the batch is redelivered',
    async (point) => {
      const sku = await system.addSku(100);
      const inventory = await failAt(system, point);
      const orders = await system.place(3, sku);
      await inventory.reached();
      await inventory.die(async () => {
        expect(await countStored(system, orders)).toEqual([0, 0, 0]);
        expect(await system.available(sku)).toBe(100);
      });
      await expectConfirmedOnce(system, orders, sku);
    },
  );
}

export function retriesInventoryTransactions(system: System): void {
  it.each(['40001', '40P01'])('inventory.midTx: SQLSTATE %s retries the batch at once', async (code) => {
    const sku = await system.addSku(100);
    const inventory = await failAt(system, 'inventory.midTx', `error:${code}`);
    const orders = await system.place(3, sku);
    await inventory.reached();
    await expectConfirmedOnce(system, orders, sku);
  });

  it('inventory.midTx: a restart of Postgres leaves inbox, stock and movements stored together', async () => {
    const sku = await system.addSku(100);
    const inventory = await failAt(system, 'inventory.midTx', 'pause:1500');
    const orders = await system.place(3, sku);
    await inventory.reached();
    await system.stack.kill('postgres');
    await system.stack.start('postgres');
    await expectConfirmedOnce(system, orders, sku);
    expect(await countStored(system, orders)).toEqual([3, 3, 3]);
  });
}
