import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../http/listen.js';
import { exchange } from '../http/loopback.test-support.js';
import { sendJson } from '../http/send-json.js';
import { createLogger } from '../logging/create-logger.js';
import { requireBearer } from '../signing/require-bearer.js';
import { createInternalApp } from './create-internal-app.js';
import { createMetrics } from './metrics.js';
import { checkReadiness, type ReadinessChecks } from './readiness.js';

async function serveInternal(checks: ReadinessChecks): Promise<string> {
  const logger = createLogger({ service: 'test', level: 'silent', format: 'json' });
  const app = createInternalApp({
    logger,
    metrics: createMetrics('test'),
    checks,
    bodyLimitBytes: 1_000,
    routes: (router) => {
      router.get('/secret', requireBearer('token'), (_request, response) =>
        sendJson(response, 200, { ok: true }),
      );
    },
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0, logger });
  onTestFinished(() => server.close(0));
  return server.url;
}

describe('an internal app', () => {
  it('is alive although it is not ready, and says why it is not', async () => {
    const url = await serveInternal({
      database: () => Promise.reject(new Error('\nrefused by\n\n postgresql://u:hush@h/d\u001b[2J')),
      broker: async () => 'not in its group yet',
      stock: () => null,
    });
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    const answer = await fetch(`${url}/readyz`);
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

  it('is ready when all checks pass', async () => {
    const answer = await fetch(`${await serveInternal({ database: async () => null })}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok', checks: { database: 'ok' } }]);
  });

  it('shows its metrics to Prometheus, labelled with the service', async () => {
    const answer = await fetch(`${await serveInternal({})}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toMatch(/nodejs_eventloop_lag_p99_seconds\{service="test"\}/);
  });

  it('refuses writing to what can only be read', async () => {
    const answer = await fetch(`${await serveInternal({})}/readyz`, { method: 'POST' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('answers a stranger before the body has come', async () => {
    const { port } = new URL(await serveInternal({}));
    const head = 'GET /secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n';
    expect(await exchange(Number(port), `${head}Content-Length: 900\r\n\r\n`)).toMatch(/^HTTP\/1.1 401 /);
  });

  it('lets only the bearer of the token pass', async () => {
    const url = `${await serveInternal({})}/secret`;
    const status = async (authorization?: string) =>
      (await fetch(url, { headers: authorization ? { authorization } : {} })).status;
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
    expect((await fetch(url)).headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('checkReadiness', () => {
  it('runs the checks at once and bounds each by the deadline', async () => {
    const never = () => new Promise<null>(() => {});
    const start = performance.now();
    const { ready, checks } = await checkReadiness({ a: never, b: never, c: () => null }, 50);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect({ ready, checks }).toEqual({
      ready: false,
      checks: { a: 'no answer within 0.05 s', b: 'no answer within 0.05 s', c: 'ok' },
    });
  });
});
