import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus, countLeased, messageStates } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

export function rejectsStaleRelays(system: System): void {
  const readRelayMetrics = async () => (await send('GET', `${system.stack.urls.relay}/metrics`)).text;

  async function countStaleWrites(): Promise<number> {
    const [, count = '0'] = /^outbox_fenced_total(?:\{[^}]*\})? (\d+)$/m.exec(await readRelayMetrics()) ?? [];
    return Number(count);
  }

  let staleWritesBefore = 0;

  /** Places orders and freezes the relay between its publish request and the reply of Kafka. */
  async function freezeWhilePublishing(sku: string): Promise<PlacedOrder[]> {
    // A new relay opens its connections for the first order, so it publishes the next claim at once.
    // An older one may have to renew its metadata first, and would be frozen before its request.
    await system.stack.stop('relay');
    await system.stack.start('relay');
    await system.stack.ready('relay');
    await system.place(1, sku);
    await system.expectAllFinished();
    staleWritesBefore = await countStaleWrites();
    // From now on the relay waits for the broker while it holds its leases.
    await system.stack.pause('kafka');
    const orders = await system.place(50, sku);
    await poll('the relay holds leases', async () => (await countLeased(system, orders)) > 0, { everyMs: 5 });
    // The relay answers these requests only after it has processed the reply to its claim.
    for (let turns = 0; turns < 2; turns += 1) await readRelayMetrics();
    await system.stack.pause('relay');
    return orders;
  }

  const staleWritesRejected = () =>
    poll('its writes are rejected', async () => (await countStaleWrites()) > staleWritesBefore);

  it('relay.afterClaim: rejects the writes of a relay that was frozen past its lease while another took over', async () => {
    const sku = await system.addSku(100);
    const orders = await freezeWhilePublishing(sku);
    // No result may complete the messages, because the lease alone must reject the writes.
    system.callbacks.inject('refuse');
    await system.stack.kill('kafka');
    await system.stack.start('kafka');
    await system.stack.start('relay-2');
    await poll('the other relay has published them', async () =>
      (await messageStates(system, orders)).every(
        ({ status, attempts }) => status === 'PUBLISHED' && attempts > 0,
      ),
    );
    await system.stack.resume('relay');
    await staleWritesRejected();
    system.callbacks.inject('pass');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(49);
  });

  it('retry.racesCompletion: does not overwrite a completion that precedes the record of its publication', async () => {
    const sku = await system.addSku(100);
    const orders = await freezeWhilePublishing(sku);
    // The messages reach the inventory although the relay has no acknowledgement yet.
    await system.stack.resume('kafka');
    await poll('the messages are completed', async () => (await countLeased(system, orders)) === 0);
    await system.stack.resume('relay');
    await staleWritesRejected();
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 50 });
    expect(await system.available(sku)).toBe(49);
  });
}
