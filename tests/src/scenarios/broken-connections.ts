import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus, messageStates } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

/** The network between relay and Kafka fails, but the broker works. */
export function survivesBrokenConnections(system: System): void {
  const connection = 'relay->kafka';
  const relayNotReady = () =>
    poll(
      'the relay is not ready',
      async () => (await send('GET', `${system.stack.urls.relay}/readyz`)).status === 503,
    );

  /** Adds a SKU and finishes one order of it, which opens the relay's connections. */
  async function addSkuAndConnect(): Promise<string> {
    const sku = await system.addSku(100);
    await system.place(1, sku);
    await system.expectAllFinished();
    return sku;
  }

  async function expectConfirmedOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(99 - orders.length);
  }

  it('relay.beforePublish: waits while the connection is silent, counts no attempt, and resumes', async () => {
    const sku = await addSkuAndConnect();
    system.stack.proxies.get(connection).inject({ kind: 'stall' });
    const orders = await system.place(20, sku);
    await relayNotReady();
    expect(await messageStates(system, orders)).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);
    system.stack.proxies.heal();
    await expectConfirmedOnce(orders, sku);
  });

  it('relay.publishReplyLost: messages that Kafka stored without acknowledging are published twice and applied once', async () => {
    const sku = await addSkuAndConnect();
    const before = system.stack.proxies.get(connection).repliesCut();
    system.stack.proxies.get(connection).inject({ kind: 'cut-replies' });
    const orders = await system.place(20, sku);
    await poll('a reply is lost', () => system.stack.proxies.get(connection).repliesCut() > before);
    await relayNotReady();
    system.stack.proxies.heal();
    await expectConfirmedOnce(orders, sku);
  });
}
