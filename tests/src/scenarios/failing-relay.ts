import type { PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { failAt } from '../fail-point.js';
import { countByStatus, countInInbox, countLeased, duplicateIgnored, toIds } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

export function survivesFailingRelay(system: System): void {
  /** An attempt is not counted if the result arrives before the relay records the publication. */
  const mostAttempts = (orders: readonly PlacedOrder[]) =>
    system.order.value<number>(
      'SELECT max(attempts + failures)::int FROM outbox_messages WHERE key = ANY($1)',
      [toIds(orders)],
    );

  async function expectConfirmedOnce(orders: readonly PlacedOrder[], sku: string): Promise<void> {
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: orders.length });
    expect(await system.available(sku)).toBe(100 - orders.length);
  }

  it('relay.afterClaim: after a kill the lease expires and each message is published once', async () => {
    const sku = await system.addSku(100);
    const relay = await failAt(system, 'relay.afterClaim');
    const orders = await system.place(5, sku);
    await relay.reached();
    expect(await countLeased(system, orders)).toBeGreaterThan(0);
    await relay.die();
    await expectConfirmedOnce(orders, sku);
    expect(await mostAttempts(orders)).toBeLessThanOrEqual(1);
  });

  it('relay.beforePublish: an unreachable broker counts as no attempt and no failure', async () => {
    const sku = await system.addSku(100);
    const relay = await failAt(system, 'relay.beforePublish', 'error');
    const orders = await system.place(5, sku);
    await relay.reached();
    await expectConfirmedOnce(orders, sku);
    expect(await mostAttempts(orders)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['relay.publishReplyLost', 'error', 'a lost acknowledgement'],
    ['relay.afterPublishBeforeMark', 'stop', 'a kill'],
    ['relay.afterPublishBeforeMark', 'error', 'a lost database connection'],
  ] as const)('%s (%s): after %s a message is published twice and applied once', async (point, action, _) => {
    const sku = await system.addSku(100);
    // A result would complete the message, and the relay would not republish it.
    system.callbacks.inject('refuse');
    const relay = await failAt(system, point, action);
    const orders = await system.place(1, sku);
    await relay.reached();
    await poll('the inventory has it', async () => (await countInInbox(system, orders)) === 1);
    if (action === 'stop') {
      expect(await mostAttempts(orders)).toBe(0);
      await relay.die();
    }
    await poll('the inventory ignores the second copy', () => duplicateIgnored(system, orders[0]));
    system.callbacks.inject('pass');
    await expectConfirmedOnce(orders, sku);
  });
}
