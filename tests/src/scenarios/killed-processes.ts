import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import type { System } from '../system.fixture.js';

/** Resolves when that many messages have been completed since it was called. */
async function progress(system: System, completed: number): Promise<void> {
  const count = () =>
    system.order.value<number>(`SELECT count(*)::int FROM outbox_messages WHERE status = 'COMPLETED'`);
  const before = await count();
  await poll(`${completed} more are completed`, async () => (await count()) >= before + completed, {
    everyMs: 5,
  });
}

async function killAndStart(system: System, name: string): Promise<void> {
  await system.stack.kill(name);
  await system.stack.start(name);
}

export function survivesKills(system: System): void {
  it('makes one order of each key although order itself is killed in the middle', async () => {
    const sku = await system.newSku(50_000);
    const orders = await system.underLoad(sku, async () => {
      for (let kills = 0; kills < 2; kills += 1) {
        await progress(system, 30);
        await killAndStart(system, 'order');
      }
    });
    await system.everythingFinishes();
    expect(new Set(orders.map(({ id }) => id)).size).toBe(orders.length);
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(50_000 - orders.length);
  });

  it('finishes 2,000 orders although the relay is killed in the middle', async () => {
    const sku = await system.newSku(5_000);
    const placing = system.place(2_000, sku);
    await progress(system, 300);
    await killAndStart(system, 'relay');
    const orders = await placing;
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 2_000 });
    expect(await system.available(sku)).toBe(3_000);
  });

  it('finishes every order once although two relays are killed in turn', async () => {
    const sku = await system.newSku(50_000);
    await system.stack.start('relay-2');
    await system.stack.ready('relay-2');
    const orders = await system.underLoad(sku, async () => {
      for (const name of ['relay', 'relay-2', 'relay', 'relay-2']) {
        await progress(system, 50);
        await killAndStart(system, name);
      }
    });
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(50_000 - orders.length);
  });

  it('finishes every order once although one of two inventories is killed in the middle', async () => {
    const sku = await system.newSku(5_000);
    await system.stack.start('inventory-2');
    await system.stack.ready('inventory-2');
    if (system.kind === 'direct') await startRelayFor(system, 'inventory-2');
    const placing = system.place(500, sku);
    await progress(system, 100);
    await system.stack.kill('inventory-2');
    const orders = await placing;
    // The other one takes its partitions over when its session has run out.
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 500 });
    expect(await system.available(sku)).toBe(4_500);
  });
}

/** Without a broker each relay has its receiver. */
async function startRelayFor(system: System, inventory: string): Promise<void> {
  const address = system.stack.addressOf(inventory);
  system.stack.setEnv('relay-2', { DIRECT_URL: `${address?.internalUrl}/internal/messages` });
  await system.stack.start('relay-2');
  await system.stack.ready('relay-2');
}
