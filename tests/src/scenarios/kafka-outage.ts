import { ORDER_EVENTS_TOPIC, type PlacedOrder } from '@lmt/contracts';
import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { openTopic } from '../kafka-topic.js';
import { LONGEST_RETRY_SECONDS, type System } from '../system.fixture.js';

async function statusOf(url: string): Promise<number> {
  return (await send('GET', url)).status;
}

export function survivesKafkaOutages(system: System): void {
  const readiness = () =>
    Promise.all([
      statusOf(`${system.stack.urls.relay}/readyz`),
      statusOf(`${system.stack.urls.inventoryInternal}/readyz`),
    ]);

  it('relay.beforePublish: takes orders while Kafka is dead, counts no attempt, kills no message, and goes on by itself', async () => {
    const sku = await system.newSku(1_000);
    const { pids } = system.stack;
    await system.stack.kill('kafka');
    const orders = await system.place(40, sku);

    await poll('relay and inventory say that they are not ready', async () =>
      (await readiness()).every((status) => status === 503),
    );
    await poll('the outage is longer than any retry', () =>
      system.order.value<boolean>(
        `SELECT now() - min(created_at) > $2 * interval '1 second' FROM outbox_messages WHERE key = ANY($1)`,
        [orders.map(({ id }) => id), LONGEST_RETRY_SECONDS],
      ),
    );
    const messages = await system.order.query(
      'SELECT DISTINCT status, attempts, failures FROM outbox_messages WHERE key = ANY($1)',
      [orders.map(({ id }) => id)],
    );
    expect(messages).toEqual([{ status: 'PENDING', attempts: 0, failures: 0 }]);

    await system.stack.start('kafka');
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 40 });
    await poll('all are ready again', async () => (await readiness()).every((status) => status === 200));
    const { kafka: _, ...services } = pids;
    expect(system.stack.pids).toMatchObject(services);
  });

  it.each(['pause', 'kill'] as const)(
    'broker.wipe: loses nothing when Kafka loses all it had stored (inventory: %s)',
    async (silence) => {
      const sku = await system.newSku(1_000);
      await system.stack[silence]('inventory');
      const orders = await system.place(60, sku);
      await poll('Kafka has them all', async () => {
        const published = await system.order.value<number>(
          `SELECT count(*)::int FROM outbox_messages WHERE status = 'PUBLISHED' AND key = ANY($1)`,
          [orders.map(({ id }) => id)],
        );
        return published === 60;
      });
      await system.stack.wipeKafka();
      await system.stack.start('kafka');
      if (silence === 'pause') await system.stack.resume('inventory');
      else await system.stack.start('inventory');
      await system.everythingFinishes();
      expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 60 });
    },
  );

  it('broker.wipeBehind: recovers what a consumer skips because its offset is that of another log', async () => {
    const sku = await system.newSku(1_000);
    const published = (attempts: number, orders: readonly PlacedOrder[]) =>
      system.order.value<number>(
        `SELECT count(*)::int FROM outbox_messages WHERE attempts >= $1 AND key = ANY($2)`,
        [attempts, orders.map(({ id }) => id)],
      );
    await system.stack.stop('inventory');
    const orders = await system.place(30, sku);
    await poll('Kafka has them all', async () => (await published(1, orders)) === 30);
    await system.stack.wipeKafka();
    await system.stack.start('kafka');
    await poll('the new log has them all', async () => (await published(2, orders)) === 30);
    const topic = openTopic(system.stack.broker.bootstrap ?? '', ORDER_EVENTS_TOPIC);
    expect(await topic.skipAll('inventory')).toBeGreaterThanOrEqual(30);

    await system.stack.start('inventory');
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 30 });
    expect(await published(3, orders)).toBe(30);
    expect(await system.available(sku)).toBe(970);
  });
}
