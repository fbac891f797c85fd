import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

export function fencesPausedRelays(system: System): void {
  // Whoever takes the messages from the relay: while it is paused the relay waits, its leases held.
  const receiver = system.kind === 'kafka' ? 'kafka' : 'inventory';

  const leased = (orders: readonly PlacedOrder[]) =>
    system.order.value<number>(
      'SELECT count(*)::int FROM outbox_messages WHERE lease_token IS NOT NULL AND key = ANY($1)',
      [orders.map(({ id }) => id)],
    );
  const rowsOf = (orders: readonly PlacedOrder[]) =>
    system.order.query<{ status: string; attempts: number }>(
      'SELECT status, attempts FROM outbox_messages WHERE key = ANY($1)',
      [orders.map(({ id }) => id)],
    );

  const metricsOfRelay = async () => (await send('GET', `${system.stack.urls.relay}/metrics`)).text;

  async function fencedWrites(): Promise<number> {
    const [, fenced = '0'] = /^outbox_fenced_total(?:\{[^}]*\})? (\d+)$/m.exec(await metricsOfRelay()) ?? [];
    return Number(fenced);
  }

  let fencedBefore = 0;

  /** Messages that a relay has handed over; it stands still before it learns what became of them. */
  async function pausedInTheAct(sku: string): Promise<PlacedOrder[]> {
    // Its connections are there: what it leases from now on leaves at once.
    await system.place(1, sku);
    await system.everythingFinishes();
    fencedBefore = await fencedWrites();
    await system.stack.pause(receiver);
    const orders = await system.place(50, sku);
    await poll('the relay holds messages', async () => (await leased(orders)) > 0, { everyMs: 5 });
    // These come after what the relay did with the answer to its claim.
    for (let turns = 0; turns < 2; turns += 1) await metricsOfRelay();
    await system.stack.pause('relay');
    return orders;
  }

  async function allArePublished(orders: readonly PlacedOrder[]): Promise<void> {
    await poll('another relay has published them', async () =>
      (await rowsOf(orders)).every(({ status, attempts }) => status === 'PUBLISHED' && attempts > 0),
    );
  }

  const itsWritesAreRefused = () =>
    poll('its writes are refused', async () => (await fencedWrites()) > fencedBefore);

  it('relay.afterClaim: refuses what a relay writes that slept past its lease while another one took over', async () => {
    const sku = await system.newSku(100);
    const orders = await pausedInTheAct(sku);
    // No result may come: a completed message would be out of the relay's reach anyway.
    await system.callbacks.inject('refuse');
    await system.stack.kill(receiver);
    await system.stack.start(receiver);
    system.stack.setEnv('relay-2', {
      DIRECT_URL: `${system.stack.urls.inventoryInternal}/internal/messages`,
    });
    await system.stack.start('relay-2');
    await allArePublished(orders);
    await system.stack.resume('relay');
    await itsWritesAreRefused();
    await system.callbacks.inject('pass');
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(49);
  });

  it('retry.racesCompletion: does not overwrite a completion that came before its publication was recorded', async () => {
    const sku = await system.newSku(100);
    const orders = await pausedInTheAct(sku);
    // What the relay had handed over is on its way, although the relay does not know yet.
    await system.stack.resume(receiver);
    await poll('what the relay holds is completed', async () => (await leased(orders)) === 0);
    await system.stack.resume('relay');
    await itsWritesAreRefused();
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(49);
  });
}
