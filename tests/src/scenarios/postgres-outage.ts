import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { countByStatus } from '../stored-orders.js';
import type { System } from '../system.fixture.js';

export function survivesPostgresOutage(system: System): void {
  async function readinessIs(expected: number): Promise<boolean> {
    const { orderInternal, inventoryInternal, relay } = system.stack.urls;
    const answers = await Promise.all(
      [orderInternal, inventoryInternal, relay].map((url) => send('GET', `${url}/readyz`)),
    );
    return answers.every(({ status }) => status === expected);
  }

  it('answers 503 within seconds while Postgres is dead, and resumes by itself', async () => {
    const sku = await system.addSku(1_000);
    const { postgres: _, ...services } = system.stack.pids;
    await system.stack.kill('postgres');

    const start = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => system.post({ customerId: 'c', items: [{ sku, quantity: 1 }] })),
    );
    expect(performance.now() - start).toBeLessThan(10_000);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 503,
        headers: {
          'content-type': 'application/problem+json',
          'retry-after': expect.stringMatching(/^\d+$/),
        },
        json: { status: 503, title: 'Service Unavailable' },
      });
    }
    await poll('no service is ready', () => readinessIs(503));

    await system.stack.start('postgres');
    await poll('every service is ready', () => readinessIs(200));
    const orders = await system.place(20, sku);
    await system.expectAllFinished();
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 20 });
    expect(await system.available(sku)).toBe(980);
    expect(system.stack.pids).toMatchObject(services);
  });

  it('creates one order for each key although Postgres is killed under load', async () => {
    const sku = await system.addSku(1_000);
    const placing = system.placeUntilAccepted(200, sku);
    await poll(
      'some orders are stored',
      () => system.order.value<boolean>('SELECT count(*) > 20 FROM order_items WHERE sku = $1', [sku]),
      { everyMs: 5 },
    );
    await system.stack.kill('postgres');
    await system.stack.start('postgres');
    const orders = await placing;
    await system.expectAllFinished();
    expect(new Set(orders.map(({ id }) => id)).size).toBe(200);
    expect(await countByStatus(system, orders)).toEqual({ CONFIRMED: 200 });
    expect(await system.available(sku)).toBe(800);
  });
}
