import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import type { System } from '../system.fixture.js';

export function survivesAFailingRelay(system: System): void {
  /** None when a result was faster than the note of the publication. */
  const mostAttempts = (orders: readonly PlacedOrder[]) =>
    system.order.value<number>(
      'SELECT max(attempts + failures)::int FROM outbox_messages WHERE key = ANY($1)',
      [orders.map(({ id }) => id)],
    );
  const leased = (orders: readonly PlacedOrder[]) =>
    system.order.value<number>(
      'SELECT count(*)::int FROM outbox_messages WHERE lease_token IS NOT NULL AND key = ANY($1)',
      [orders.map(({ id }) => id)],
    );
  const inInbox = (orders: readonly PlacedOrder[]) =>
    system.inventory.value<number>('SELECT count(*)::int FROM inbox_messages WHERE order_id = ANY($1)', [
      orders.map(({ id }) => id),
    ]);

  async function finishesOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(100 - orders.length);
  }

  it('relay.afterClaim: killed there, the lease runs out and each is published once', async () => {
    const sku = await system.newSku(100);
    const relay = await failAt(system, 'relay.afterClaim');
    const orders = await system.place(5, sku);
    await relay.reached();
    expect(await leased(orders)).toBeGreaterThan(0);
    await relay.dies();
    await finishesOnce(orders, sku);
    expect(await mostAttempts(orders)).toBeLessThanOrEqual(1);
  });

  it('relay.beforePublish: no broker there, no attempt and no failure is counted', async () => {
    const sku = await system.newSku(100);
    const relay = await failAt(system, 'relay.beforePublish', 'error');
    const orders = await system.place(5, sku);
    await relay.reached();
    await finishesOnce(orders, sku);
    expect(await mostAttempts(orders)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['relay.publishReplyLost', 'error', 'the answer is lost'],
    ['relay.afterPublishBeforeMark', 'stop', 'killed there'],
    ['relay.afterPublishBeforeMark', 'error', 'the database is lost'],
  ] as const)('%s (%s): %s, it is published twice and applied once', async (point, action, _) => {
    const sku = await system.newSku(100);
    // A result would complete the message: then there would be nothing to publish again.
    await system.callbacks.inject('refuse');
    const relay = await failAt(system, point, action);
    const orders = await system.place(1, sku);
    await relay.reached();
    await poll('the inventory has it', async () => (await inInbox(orders)) === 1);
    if (action === 'stop') {
      expect(await mostAttempts(orders)).toBe(0);
      await relay.dies();
    }
    const [messageId] = orders.map((order) => order.messageId);
    await poll('the inventory ignores the second copy', () =>
      system.stack
        .lines('inventory')
        .some((line) => line.includes('duplicate ignored') && line.includes(messageId ?? '?')),
    );
    await system.callbacks.inject('pass');
    await finishesOnce(orders, sku);
  });
}
