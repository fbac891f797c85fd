import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import type { System } from '../system.fixture.js';

export function answersOperators(system: System): void {
  it('tells of each process that it is alive, ready, and what it did', async () => {
    await system.place(1, await system.newSku(1));
    await system.everythingFinishes();
    const { orderInternal, inventoryInternal, relay } = system.stack.urls;
    for (const url of [orderInternal, inventoryInternal, relay]) {
      const [healthz, readyz, metrics] = await Promise.all(
        ['healthz', 'readyz', 'metrics'].map((path) => send('GET', `${url}/${path}`)),
      );
      expect(healthz).toMatchObject({ status: 200, json: { status: 'ok' } });
      expect(readyz).toMatchObject({ status: 200, json: { status: 'ok' } });
      expect(metrics?.status).toBe(200);
      expect(metrics?.text).toMatch(/^process_cpu_seconds_total/m);
    }
    const { text } = await send('GET', `${relay}/metrics`);
    expect(text).toMatch(/^outbox_published_total\{[^}]*kind="first"[^}]*\} [1-9]/m);
  });

  it('keeps the message table for those who have the token', async () => {
    const url = `${system.stack.urls.orderInternal}/messages/stats`;
    expect((await send('GET', url)).status).toBe(401);
    const answer = await send('GET', url, undefined, { authorization: `Bearer ${system.stack.adminToken}` });
    expect(answer.status).toBe(200);
    expect(answer.json.counts).toMatchObject({ PENDING: 0, PUBLISHED: 0, DEAD: 0 });
  });
}
