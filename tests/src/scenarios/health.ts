import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDocumentedMetrics } from '@lmt/observability';
import { root } from '@lmt/stack';
import { expect, it } from 'vitest';
import { send } from '../http-client.js';
import { authorization } from '../operator.js';
import type { System } from '../system.fixture.js';

const isNodes = (name: string) => /^(nodejs|process)_/.test(name);

export function reportsHealth(system: System): void {
  it('reports for each process that it is alive and ready, with its metrics', async () => {
    await system.place(1, await system.addSku(1));
    await system.expectAllFinished();
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
    const stats = await send('GET', `${orderInternal}/messages/stats`, undefined, authorization(system));
    expect(stats).toMatchObject({ status: 200, json: { counts: { PENDING: 0, PUBLISHED: 0, DEAD: 0 } } });
  });

  it('serves the metrics that docs/metrics.md lists for the service', async () => {
    const documented = readDocumentedMetrics(await readFile(join(root, 'docs/metrics.md'), 'utf8'));
    const { orderInternal, inventoryInternal, relay } = system.stack.urls;
    const urls = { order: orderInternal, inventory: inventoryInternal, relay };
    for (const [service, url] of Object.entries(urls)) {
      const { text } = await send('GET', `${url}/metrics`);
      const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
        ([, name = '', type]) => `${name} ${type}`,
      );
      expect(text).toMatch(/^readiness_check_passing\{check="database",[^}]*\} 1$/m);
      expect(text).toMatch(/^database_pool_max_connections\{pool="database",[^}]*\} 3$/m);
      if (service === 'inventory') {
        expect(text.match(/^inbox_consumer_lag_messages\{partition="\d",[^}]*\} 0$/gm)).toHaveLength(6);
      }
      const rows = documented.filter(({ services }) => services.includes(service));
      const expected = rows.map(({ name, type }) => `${name} ${type}`);
      expect(served.filter((name) => !isNodes(name)).sort()).toEqual(
        expected.filter((name) => !isNodes(name)).sort(),
      );
    }
  });
}
