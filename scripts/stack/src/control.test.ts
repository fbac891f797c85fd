import { beforeEach, describe, expect, it } from 'vitest';
import { callControl, readOptionalText, readText, serveControl } from './control.js';

let channel: Awaited<ReturnType<typeof serveControl>>;

beforeEach(async () => {
  channel = await serveControl({
    describe: async () => ({ kind: 'demo' }),
    commands: {
      greet: async (body) => ({
        text: `Hello ${readText(body, 'name')}${readOptionalText(body, 'mark') ?? '.'}`,
      }),
    },
  });
  return () => channel.close();
});

async function request(path: string, options: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${channel.port}${path}`, {
    ...options,
    headers: { authorization: `Bearer ${channel.token}`, ...options.headers },
  });
  return { status: response.status, content: await response.json(), headers: response.headers };
}

describe('the control channel', () => {
  it('describes itself and runs a command', async () => {
    expect(await callControl(channel)).toEqual({ kind: 'demo' });
    expect(await callControl(channel, 'greet', { name: 'Ada', mark: '!' })).toEqual({ text: 'Hello Ada!' });
  });

  it.each([
    ['without a token', {}],
    ['with another token', { authorization: `Bearer ${'x'.repeat(32)}` }],
  ])('rejects a request %s', async (_, headers) => {
    const answer = await fetch(`http://127.0.0.1:${channel.port}/greet`, { method: 'POST', headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
  });

  it('is not served at other addresses of the machine', async () => {
    // Linux answers at all of 127.0.0.0/8 if a server listens at 0.0.0.0.
    await expect(fetch(`http://127.0.0.2:${channel.port}/readyz`)).rejects.toThrow('fetch failed');
  });

  it("answers a command's error with a problem that callControl throws", async () => {
    const { status, content } = await request('/greet', { method: 'POST', body: '{}' });
    expect([status, content]).toEqual([
      409,
      { type: 'about:blank', title: 'Conflict', status: 409, detail: 'name is missing' },
    ]);
    await expect(callControl(channel, 'greet')).rejects.toThrow('name is missing');
    const wrong = { name: 'Ada', mark: 1 } as const;
    await expect(callControl(channel, 'greet', wrong)).rejects.toThrow('mark: expected text');
  });

  it.each([
    ['an unknown command', '/toString', { method: 'POST', body: '{}' }, 404],
    ['a command without POST', '/greet', {}, 404],
    ['a body that is not JSON', '/greet', { method: 'POST', body: 'name=Ada' }, 400],
    ['a JSON text that is no object', '/greet', { method: 'POST', body: '"Ada"' }, 400],
    ['a large body', '/greet', { method: 'POST', body: 'x'.repeat(200_000) }, 413],
  ])('rejects %s', async (_, path, options, expected) => {
    const { status, content } = await request(path, options);
    expect([status, content.status]).toEqual([expected, expected]);
  });

  it('keeps the connection of a caller, unless the caller still sends', async () => {
    const read = await request('/greet', { method: 'POST', body: '{"name":"Ada"}' });
    expect(read.headers.get('connection')).toBe('keep-alive');
    const large = await request('/greet', { method: 'POST', body: 'x'.repeat(2_000_000) });
    expect(large.headers.get('connection')).toBe('close');
  });

  it('answers 503 while it cannot describe itself', async () => {
    const starting = await serveControl({
      describe: async () => {
        throw new Error('the demo is still starting');
      },
      commands: {},
    });
    await expect(callControl(starting)).rejects.toThrow('the demo is still starting');
    const headers = { authorization: `Bearer ${starting.token}` };
    expect((await fetch(`http://127.0.0.1:${starting.port}/`, { headers })).status).toBe(503);
    starting.close();
  });

  it('reports ready to a health check without a token', async () => {
    expect((await fetch(`http://127.0.0.1:${channel.port}/readyz`)).status).toBe(200);
  });
});
