import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { internalHttpSettings, logSettings, publicHttpSettings } from '../config/setting.js';
import { sendJson } from '../http/json.js';
import { StartError } from '../http/listen.js';
import { until } from '../http/loopback.fixture.js';
import { databaseProblem } from '../problem/problem.js';
import { runService, type Service } from './run-service.js';

const config = z.object({ ...publicHttpSettings(3000), ...internalHttpSettings(3100), ...logSettings });
type Settings = z.infer<typeof config>;

async function run(service: Partial<Service<Settings>>, env: Record<string, string> = {}) {
  const log: Record<string, unknown>[] = [];
  const exits: number[] = [];
  let stderr = '';
  const host = Object.assign(new EventEmitter(), {
    env: { PORT: '0', INTERNAL_PORT: '0', ...env },
    exit: (code: number) => void exits.push(code),
    stderr: {
      write(text: string) {
        stderr += text;
      },
    },
    logStream: { write: (line: string) => log.push(JSON.parse(line)) },
  });
  await runService({ name: 'order', config, start: async () => undefined, ...service }, host);
  const up = log.find(({ msg }) => msg === 'order is up');
  return {
    log,
    exits,
    stderr,
    up,
    url: String(up?.url),
    internal: String(up?.internal),
    async stop() {
      host.emit('SIGTERM');
      await until(() => exits.length > 0);
    },
  };
}

describe('runService', () => {
  it('serves the public and the internal app, and logs their URLs with the fields that start returned', async () => {
    const { url, internal, up, stop } = await run({
      async start({ internal, serve, settings }) {
        internal.check('database', () => 'starting');
        internal.routes((router) => router.get('/inside', (_request, response) => response.end('inside')));
        await serve((router) => router.get('/outside', (_request, response) => response.end('outside')), {
          bodyLimitBytes: 100,
        });
        return { broker: settings.LOG_FORMAT };
      },
    });
    expect(up).toMatchObject({ service: 'order', broker: 'json' });
    expect(await (await fetch(`${url}/outside`)).text()).toBe('outside');
    expect(await (await fetch(`${internal}/inside`)).text()).toBe('inside');
    expect((await fetch(`${url}/inside`)).status).toBe(404);
    const ready = await fetch(`${internal}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', checks: { database: 'starting' } },
    ]);
    expect(await (await fetch(`${internal}/metrics`)).text()).toContain('service="order"');
    await stop();
  });

  it('resolves serve with the URL, and leaves bodies unread if the service reads them itself', async () => {
    let served = '';
    const { url, stop } = await run({
      async start({ serve }) {
        served = await serve(
          (router) =>
            router.post('/', async (request, response) => {
              const bytes = await request.bodyReader?.bytes(request, response);
              sendJson(response, 200, { length: bytes?.length });
            }),
          { bodyLimitBytes: 100, deferBodies: true },
        );
      },
    });
    expect(served).toBe(url);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', body: '{"half":', headers });
    expect([answer.status, await answer.json()]).toEqual([200, { length: 8 }]);
    await stop();
  });

  it('runs the shutdown steps, including those of the servers, in reverse order', async () => {
    const stopped: string[] = [];
    const isUp = async (url: string) => (await fetch(url).catch(() => null)) !== null;
    const service = await run({
      async start({ onStop, internal, serve }) {
        onStop('database', async () => {
          stopped.push(`database, internal up: ${await isUp(`${service.internal}/healthz`)}`);
        });
        internal.check('database', () => null);
        onStop('queue', async () => {
          const up = await Promise.all([isUp(service.url), isUp(`${service.internal}/healthz`)]);
          stopped.push(`queue, public up: ${up[0]}, internal up: ${up[1]}`);
        });
        await serve(() => {}, { bodyLimitBytes: 100 });
        onStop('timer', () => stopped.push('timer'));
      },
    });
    await service.stop();
    expect(stopped).toEqual([
      'timer',
      'queue, public up: false, internal up: true',
      'database, internal up: false',
    ]);
    expect(service.exits).toEqual([0]);
  });

  it('stuck-but-healthy: runs the shutdown steps and exits with code 1', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const stopped: string[] = [];
    const { exits, internal } = await run({
      async start({ onStop, internal }) {
        onStop('database', () => stopped.push('database'));
        internal.check('database', async () => null);
        internal.work('placing', { stallReason: () => 'placing orders: failing for 26 s; see the log' });
      },
    });
    expect((await fetch(`${internal}/readyz`)).status).toBe(503);
    for (let second = 0; second < 300; second += 10) await vi.advanceTimersByTimeAsync(10_000);
    await until(() => exits.length > 0);
    expect([exits, stopped]).toEqual([[1], ['database']]);
  });

  it('answers with the problem that mapError makes of an error, on both servers', async () => {
    const fail = () => {
      throw new Error('lock timeout');
    };
    const { url, internal, stop } = await run({
      mapError: (error) => (error instanceof Error ? databaseProblem('locked') : null),
      async start({ internal, serve }) {
        internal.routes((router) => router.get('/', fail));
        await serve((router) => router.get('/', fail), { bodyLimitBytes: 100 });
      },
    });
    for (const base of [url, internal]) expect((await fetch(base)).status).toBe(503);
    await stop();
  });

  it('limits the bodies of both servers', async () => {
    const { url, stop } = await run({
      async start({ serve }) {
        await serve((router) => router.post('/', (_request, response) => sendJson(response, 200, {})), {
          bodyLimitBytes: 10,
        });
      },
    });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(200);
    expect((await fetch(url, { method: 'POST', body: '{"a":"bcdefgh"}', headers })).status).toBe(413);
    await stop();
  });

  it('prints wrong settings without a stack and exits with 78', async () => {
    const { stderr, exits } = await run({}, { PORT: 'x', LOG_LEVEL: 'loud' });
    expect(stderr).toMatch(/^order did not start: wrong settings:\n {2}PORT .*\n {2}LOG_LEVEL .*\n$/);
    expect(exits).toEqual([78]);
  });

  it('prints the message of a start error without a stack and exits with 1', async () => {
    const { stderr, exits } = await run({
      start: () => Promise.reject(new StartError('port 1 is taken: set PORT')),
    });
    expect([stderr, exits]).toEqual(['order did not start: port 1 is taken: set PORT\n', [1]]);
  });

  it('names the setting when a port is taken', async () => {
    const first = await run({});
    const port = new URL(first.internal).port;
    const { stderr, exits } = await run({}, { INTERNAL_PORT: port });
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken`);
    expect(stderr).toContain('set INTERNAL_PORT');
    expect(exits).toEqual([1]);
    await first.stop();
  });

  it('prints no password of a URL and no control character', async () => {
    const { stderr } = await run({
      start: () => Promise.reject(new Error('no answer from postgresql://u:pass@word@db/x\u001b[2J\r\u202e')),
    });
    expect(stderr).toContain('no answer from postgresql://[redacted]@db/x\\u001b[2J\\u000d\\u202e\n');
  });

  it('prints the stack of an unexpected error and exits with 1', async () => {
    const { stderr, exits } = await run({ start: () => Promise.reject(new TypeError('bug')) });
    expect(stderr).toContain('TypeError: bug\n    at ');
    expect(exits).toEqual([1]);
  });
});

describe('databaseProblem', () => {
  it.each(['unavailable', 'conflict', 'locked'])(
    'answers 503 with Retry-After when the failure is %s',
    (failure) => {
      expect(databaseProblem(failure)).toMatchObject({ status: 503, headers: { 'Retry-After': '2' } });
    },
  );

  it.each(['data', 'other'])('leaves the failure %s to the caller', (failure) => {
    expect(databaseProblem(failure)).toBeNull();
  });
});
