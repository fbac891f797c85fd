import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

/** The network between relay and Kafka fails, not the broker. */
export function survivesBrokenLinks(system: System): void {
  const link = 'relay->kafka';
  const attempts = (orders: readonly PlacedOrder[]) =>
    system.order.query<{ status: string; attempts: number; failures: number }>(
      'SELECT DISTINCT status, attempts, failures FROM outbox_messages WHERE key = ANY($1)',
      [orders.map(({ id }) => id)],
    );
  const readiness = async () => (await send('GET', `${system.stack.urls.relay}/readyz`)).status;

  /** The connections are there: what is published next leaves on them. */
  async function warmSku(): Promise<string> {
    const sku = await system.newSku(100);
    await system.place(1, sku);
    await system.everythingFinishes();
    return sku;
  }

  async function finishesOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(99 - orders.length);
  }

  it('relay.beforePublish: waits behind a link that has gone silent, counts nothing, and goes on', async () => {
    const sku = await warmSku();
    system.stack.proxies.inject(link, { kind: 'stall' });
    const orders = await system.place(20, sku);
    await poll('the relay says that it is not ready', async () => (await readiness()) === 503);
    expect(await attempts(orders)).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);
    system.stack.proxies.heal();
    await finishesOnce(orders, sku);
  });

  it('relay.publishReplyLost: what Kafka stored and could not acknowledge is published twice, applied once', async () => {
    const sku = await warmSku();
    const before = system.stack.proxies.repliesCut(link);
    system.stack.proxies.inject(link, { kind: 'cut-replies' });
    const orders = await system.place(20, sku);
    await poll('an answer is lost', () => system.stack.proxies.repliesCut(link) > before);
    await poll('the relay says that it is not ready', async () => (await readiness()) === 503);
    system.stack.proxies.heal();
    await finishesOnce(orders, sku);
  });
}
