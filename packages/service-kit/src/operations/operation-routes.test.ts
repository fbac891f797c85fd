import { createCheckedFetch } from '@lmt/api/check';
import { describe, expect, it, vi } from 'vitest';
import { requireBearer } from '../auth/require-bearer.js';
import { sendJson } from '../http/json.js';
import { exchange, serve } from '../http/loopback.fixture.js';
import { createMetrics } from './metrics.js';
import { operationContracts } from './operation-contracts.js';
import { operationRoutes, type ReadinessCheck } from './operation-routes.js';

/** Throws if an answer differs from its contract. */
const send = createCheckedFetch({ title: 'T', version: '1', description: 'D', routes: operationContracts });

async function serveInternal(checks: Readonly<Record<string, ReadinessCheck>>): Promise<string> {
  const { url } = await serve(
    (router) => {
      operationRoutes(router, createMetrics('test'), checks);
      router.get('/secret', requireBearer([{ name: 'ada', token: 'token' }]), (_request, response) =>
        sendJson(response, 200, { ok: true }),
      );
    },
    { deferBodies: true },
  );
  return url;
}

describe('operationRoutes', () => {
  it('reports a process that is alive but not ready, with the reason of each check', async () => {
    const url = await serveInternal({
      database: () => Promise.reject(new Error('\nrefused by\n\n postgresql://u:hush@h/d\u001b[2J')),
      broker: async () => 'not in its group yet',
      stock: () => null,
    });
    expect(await (await send(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const answer = await send(`${url}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      {
        status: 'not ready',
        checks: {
          database: 'refused by postgresql://[redacted]@h/d\\u001b[2J',
          broker: 'not in its group yet',
          stock: 'ok',
        },
      },
    ]);
  });

  it('reports a process as ready when all checks pass', async () => {
    const answer = await send(`${await serveInternal({ database: async () => null })}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', checks: { database: 'ok' } }]);
  });

  it('serves its metrics to Prometheus, labelled with the service', async () => {
    const answer = await send(`${await serveInternal({})}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toMatch(/nodejs_eventloop_lag_p99_seconds\{service="test"\}/);
  });

  it('shows each check as a metric, in one run with a concurrent probe', async () => {
    let runs = 0;
    let finish = () => {};
    const database = async () => {
      runs += 1;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return 'refused';
    };
    const metrics = createMetrics('test');
    const { url } = await serve(
      (router) => operationRoutes(router, metrics, { database, stock: () => null }),
      {
        deferBodies: true,
      },
    );
    const probe = fetch(`${url}/readyz`);
    await vi.waitUntil(() => runs === 1);
    const scrape = metrics.registry.metrics();
    finish();
    expect((await probe).status).toBe(503);
    const text = await scrape;
    expect(text).toContain('readiness_check_passing{check="database",service="test"} 0');
    expect(text).toContain('readiness_check_passing{check="stock",service="test"} 1');
    expect(runs).toBe(1);
  });

  it('answers other methods with 405', async () => {
    const answer = await send(`${await serveInternal({})}/readyz`, { method: 'POST' });
    expect(answer.status).toBe(405);
  });

  it('rejects a request without the token before its body arrives', async () => {
    const { port } = new URL(await serveInternal({}));
    const head = 'GET /secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n';
    expect(await exchange(Number(port), `${head}Content-Length: 900\r\n\r\n`)).toMatch(/^HTTP\/1.1 401 /);
  });

  it('admits only requests with the token', async () => {
    const url = `${await serveInternal({})}/secret`;
    const status = async (authorization?: string) =>
      (await send(url, { headers: authorization ? { authorization } : {} })).status;
    expect(await status('Bearer token')).toBe(200);
    expect(await status('bearer token')).toBe(200);
    for (const wrong of [
      undefined,
      'Bearer',
      'Bearer tokem',
      'Bearer token2',
      'Basic token',
      'Bearer token token',
    ]) {
      expect(await status(wrong)).toBe(401);
    }
    expect((await send(url)).headers.get('www-authenticate')).toBe('Bearer');
  });

  it('runs the checks concurrently and limits the time of each', async () => {
    const never = () => new Promise<null>(() => {});
    const url = await serveInternal({ a: never, b: never, c: () => null });
    const start = performance.now();
    const answer = await send(`${url}/readyz`);
    expect(performance.now() - start).toBeLessThan(3_500);
    expect(await answer.json()).toEqual({
      status: 'not ready',
      checks: { a: 'no answer within 2 s', b: 'no answer within 2 s', c: 'ok' },
    });
  });

  it('reports a check that throws', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    const answer = await send(`${await serveInternal({ broken })}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { status: 'not ready', checks: { broken: 'broken' } },
    ]);
  });
});
