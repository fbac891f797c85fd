import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** Resolves when `further` more messages are COMPLETED. */
async function furtherCompleted(system: System, further: number): Promise<void> {
  const count = () =>
    system.order.value<number>(`SELECT count(*)::int FROM outbox_messages WHERE status = 'COMPLETED'`);
  const before = await count();
  await poll(`${further} further messages are completed`, async () => (await count()) >= before + further, {
    everyMs: 5,
  });
}

async function killAndStart(system: System, name: string): Promise<void> {
  await system.stack.kill(name);
  await system.stack.start(name);
}

export function survivesKills(system: System): void {
  it('creates one order for each key although order is killed under load', async () => {
    const sku = await system.addSku(50_000);
    const orders = await system.placeDuring(sku, async () => {
      for (let kills = 0; kills < 2; kills += 1) {
        await furtherCompleted(system, 30);
        await killAndStart(system, 'order');
      }
    });
    await system.expectAllFinished();
    expect(new Set(orders.map(({ id }) => id)).size).toBe(orders.length);
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(50_000 - orders.length);
  });

  it('finishes 2,000 orders although the relay is killed under load', async () => {
    const sku = await system.addSku(5_000);
    const placing = system.place(2_000, sku);
    await furtherCompleted(system, 300);
    await killAndStart(system, 'relay');
    const orders = await placing;
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 2_000 });
    expect(await system.available(sku)).toBe(3_000);
  });

  it('finishes every order once although two relays are killed in turn', async () => {
    const sku = await system.addSku(50_000);
    await system.stack.start('relay-2');
    await system.stack.ready('relay-2');
    const orders = await system.placeDuring(sku, async () => {
      for (const name of ['relay', 'relay-2', 'relay', 'relay-2']) {
        await furtherCompleted(system, 50);
        await killAndStart(system, name);
      }
    });
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(50_000 - orders.length);
  });
}

export function survivesKilledInventory(system: System): void {
  it('finishes every order once although one of two inventories is killed under load', async () => {
    const sku = await system.addSku(5_000);
    await system.stack.start('inventory-2');
    await system.stack.ready('inventory-2');
    if (system.kind === 'direct') await startRelayTo(system, 'inventory-2');
    const placing = system.place(500, sku);
    await furtherCompleted(system, 100);
    await system.stack.kill('inventory-2');
    const orders = await placing;
    // On Kafka the other inventory takes over the partitions when the session times out.
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 500 });
    expect(await system.available(sku)).toBe(4_500);
  });
}

/** Starts relay-2 for an inventory, because without a broker each relay publishes to only one. */
async function startRelayTo(system: System, inventory: string): Promise<void> {
  const address = system.stack.findInstance(inventory);
  system.stack.setEnv('relay-2', { DIRECT_URL: `${address?.internalUrl}/internal/messages` });
  await system.stack.start('relay-2');
  await system.stack.ready('relay-2');
}
