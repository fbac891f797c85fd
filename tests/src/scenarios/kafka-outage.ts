import { ORDER_EVENTS_TOPIC } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { openTopic } from '../kafka-topic.js';
import { countByStatus, countPublished, messageStates, toIds } from '../stored-orders.js';
import { LONGEST_RETRY_SECONDS, type System } from '../system.fixture.js';

export function survivesKafkaOutage(system: System): void {
  async function readinessIs(expected: number): Promise<boolean> {
    const { relay, inventoryInternal } = system.stack.urls;
    const answers = await Promise.all([relay, inventoryInternal].map((url) => send('GET', `${url}/readyz`)));
    return answers.every(({ status }) => status === expected);
  }

  it('relay.beforePublish: accepts orders while Kafka is dead, counts no attempt, and resumes by itself', async () => {
    const sku = await system.addSku(1_000);
    const { kafka: _, ...services } = system.stack.pids;
    await system.stack.kill('kafka');
    const orders = await system.place(40, sku);

    await poll('relay and inventory are not ready', () => readinessIs(503));
    await poll('the outage lasts longer than any retry', () =>
      system.order.value<boolean>(
        `SELECT now() - min(created_at) > $2 * interval '1 second' FROM outbox_messages WHERE key = ANY($1)`,
        [toIds(orders), LONGEST_RETRY_SECONDS],
      ),
    );
    expect(await messageStates(system, orders)).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);

    await system.stack.start('kafka');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 40 });
    await poll('relay and inventory are ready', () => readinessIs(200));
    expect(system.stack.pids).toMatchObject(services);
  });

  it.each(['pause', 'kill'] as const)(
    'broker.wipe: loses nothing when Kafka loses its log (inventory: %s)',
    async (silence) => {
      const sku = await system.addSku(1_000);
      await system.stack[silence]('inventory');
      const orders = await system.place(60, sku);
      await poll('Kafka has every message', async () => (await countPublished(system, orders)) === 60);
      await system.stack.wipeKafka();
      await system.stack.start('kafka');
      if (silence === 'pause') await system.stack.resume('inventory');
      else await system.stack.start('inventory');
      await system.expectAllFinished();
      expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 60 });
    },
  );

  it('broker.wipeBehind: recovers records that a consumer skips because its offset belongs to the old log', async () => {
    const sku = await system.addSku(1_000);
    await system.stack.stop('inventory');
    const orders = await system.place(30, sku);
    await poll('Kafka has every message', async () => (await countPublished(system, orders)) === 30);
    await system.stack.wipeKafka();
    await system.stack.start('kafka');
    await poll('the new log has every message', async () => (await countPublished(system, orders, 2)) === 30);
    const topic = openTopic(system.stack.broker.bootstrap ?? '', ORDER_EVENTS_TOPIC);
    expect(await topic.skipAll('inventory')).toBeGreaterThanOrEqual(30);

    await system.stack.start('inventory');
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 30 });
    expect(await countPublished(system, orders, 3)).toBe(30);
    expect(await system.available(sku)).toBe(970);
  });
}
