import { poll } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

export function survivesPostgresOutages(system: System): void {
  const readiness = async () => {
    const { orderInternal, inventoryInternal, relay } = system.stack.urls;
    const answers = await Promise.all(
      [orderInternal, inventoryInternal, relay].map((url) => send('GET', `${url}/readyz`)),
    );
    return answers.map(({ status }) => status);
  };

  it('answers 503 within seconds while Postgres is dead, and goes on by itself', async () => {
    const sku = await system.newSku(1_000);
    const { postgres: _, ...services } = system.stack.pids;
    await system.stack.kill('postgres');

    const start = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => system.post({ customerId: 'c', items: [{ sku, quantity: 1 }] })),
    );
    expect(performance.now() - start).toBeLessThan(10_000);
    for (const { status, headers, json } of answers) {
      expect(status).toBe(503);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(headers['retry-after']).toMatch(/^\d+$/);
      expect(json).toMatchObject({ status: 503, title: 'Service Unavailable' });
    }
    await poll('nobody is ready', async () => (await readiness()).every((status) => status === 503));

    await system.stack.start('postgres');
    await poll('all are ready', async () => (await readiness()).every((status) => status === 200));
    const orders = await system.place(20, sku);
    await system.everythingFinishes();
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 20 });
    expect(await system.available(sku)).toBe(980);
    expect(system.stack.pids).toMatchObject(services);
  });

  it('makes one order of each key although Postgres is killed in the middle of many', async () => {
    const sku = await system.newSku(1_000);
    const placing = system.placeStubbornly(200, sku);
    await poll(
      'some orders are there',
      () => system.order.value<boolean>('SELECT count(*) > 20 FROM order_items WHERE sku = $1', [sku]),
      { everyMs: 5 },
    );
    await system.stack.kill('postgres');
    await system.stack.start('postgres');
    const orders = await placing;
    await system.everythingFinishes();
    expect(new Set(orders.map(({ id }) => id)).size).toBe(200);
    expect(await system.countByStatus(orders)).toEqual({ CONFIRMED: 200 });
    expect(await system.available(sku)).toBe(800);
  });
}
