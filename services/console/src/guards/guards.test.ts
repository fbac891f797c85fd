import { describe, expect, it } from 'vitest';
import { serveConsole, serveUpstream, TOKENS } from '../console.fixture.js';

async function open(env: Record<string, string> = {}) {
  const upstream = await serveUpstream();
  const console = await serveConsole(upstream.url, env);
  const { port } = new URL(console.url);
  return { upstream, ...console, port, session: await console.signIn() };
}

describe('requireOwnHost', () => {
  it.each(['evil.example', 'evil.example:PORT', '127.0.0.1.evil.example', 'localhost.', '10.0.0.1:PORT'])(
    'rejects the host "%s", with a session too (DNS rebinding)',
    async (host) => {
      const { send, session, port } = await open();
      for (const path of ['/', '/api/orders', `/sign-in?token=${TOKENS.SIGN_IN_TOKEN}`]) {
        const headers = { ...session, 'x-forwarded-host': 'localhost', host: host.replace('PORT', port) };
        const answer = await send(path, { headers });
        expect([path, answer.status, answer.headers['set-cookie']]).toEqual([path, 403, undefined]);
      }
    },
  );

  it.each([
    '127.0.0.1:PORT',
    'localhost',
    'LOCALHOST:PORT',
    '[::1]:PORT',
    'box.lan:9',
    'ops',
    'console.example.com',
  ])('admits the host "%s"', async (host) => {
    const { send, session, port } = await open({
      CONSOLE_URL: 'https://console.example.com:8443/',
      ALLOWED_HOSTS: 'Box.lan, ops',
    });
    const headers = { ...session, host: host.replace('PORT', port) };
    expect((await send('/api/orders', { headers })).status).toBe(200);
  });
});

describe('requireOwnOrigin', () => {
  it.each([
    undefined,
    'null',
    'http://evil.example',
    'http://127.0.0.1:8080',
    'http://127.0.0.1',
    'http://localhost:PORT',
    'http://evil.example/http://127.0.0.1:PORT',
    'ftp://127.0.0.1:PORT',
  ])('rejects a POST with the origin %s (CSRF)', async (origin) => {
    const { send, session, port, upstream } = await open();
    const headers = { ...session, ...(origin && { origin: origin.replace('PORT', port) }) };
    for (const path of ['/api/orders', '/api/messages/requeue', '/api/sign-out']) {
      expect((await send(path, { method: 'POST', headers, body: '{}' })).status).toBe(403);
    }
    expect(upstream.requests).toEqual([]);
  });

  it.each([
    ['http://127.0.0.1:PORT', '127.0.0.1:PORT'],
    ['http://localhost:PORT', 'LOCALHOST:PORT'],
    ['https://console.example.com', 'console.example.com'],
    ['https://console.example.com', '127.0.0.1:PORT'],
  ])('admits a POST with the origin %s at the host %s', async (origin, host) => {
    const { send, signIn, port } = await open({ CONSOLE_URL: 'https://console.example.com/' });
    const headers = {
      ...(await signIn()),
      origin: origin.replace('PORT', port),
      host: host.replace('PORT', port),
      'content-type': 'application/json',
    };
    expect((await send('/api/orders', { method: 'POST', headers, body: '{}' })).status).toBe(200);
  });

  it('rejects a POST from the http page of an https console, whose network could have changed that page', async () => {
    const { send, signIn, upstream } = await open({ CONSOLE_URL: 'https://console.example.com/' });
    for (const host of ['console.example.com', 'CONSOLE.example.com']) {
      const headers = { ...(await signIn()), host, origin: 'http://console.example.com' };
      expect((await send('/api/orders', { method: 'POST', headers, body: '{}' })).status).toBe(403);
    }
    expect(upstream.requests).toEqual([]);
  });

  it('allows no other site to read or write: a preflight is rejected, no answer allows an origin', async () => {
    const { send, session } = await open();
    const foreign = { ...session, origin: 'http://evil.example' };
    const preflight = { ...foreign, 'access-control-request-method': 'POST' };
    expect((await send('/api/orders', { method: 'OPTIONS', headers: preflight })).status).toBe(403);
    const { headers } = await send('/api/orders', { headers: foreign });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});

describe('methods', () => {
  it('answers HEAD like GET without a body, and other methods with 405', async () => {
    const { send, session, url, upstream } = await open();
    const headers = { ...session, origin: url };
    const head = await send('/api/orders', { method: 'HEAD', headers });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', '13']);
    expect(upstream.requests.map(({ method }) => method)).toEqual(['GET']);
    for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
      const answer = await send('/api/orders', { method, headers });
      expect([method, answer.status, answer.headers.allow]).toEqual([method, 405, 'GET, POST, HEAD']);
    }
    expect((await send('/api/messages/requeue', { headers })).headers.allow).toBe('POST');
    for (const path of ['/api/health', '/api/session', '/api/orders/1', '/sign-in'])
      expect((await send(path, { method: 'POST', headers })).status).toBe(405);
    expect((await send('/', { method: 'DELETE', headers })).status).toBe(404);
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('securityHeaders', () => {
  it('are on every answer', async () => {
    const { send, session, url, upstream } = await open();
    const post = { method: 'POST', headers: { ...session, origin: url } };
    const html = { ...session, accept: 'text/html' };
    const answers = [
      await send('/'),
      await send('/', { headers: { accept: 'text/html' } }),
      await send('/', { headers: { host: 'evil.example' } }),
      await send(`/sign-in?token=${TOKENS.SIGN_IN_TOKEN}`),
      await send('/sign-in.css'),
      await send('/orders', { headers: html }),
      await send('/assets/index-abc123.js', { headers: session }),
      await send('/assets/none.js', { headers: session }),
      await send('/api/%', { headers: session }),
      await send('/api/orders', { headers: session }),
      await send('/api/orders', { ...post, body: 'x' }),
      await send('/api/nowhere', { headers: session }),
      await send('/api/orders', { method: 'PUT', headers: { ...session, origin: url } }),
      await send('/api/sign-out', post),
    ];
    upstream.close();
    answers.push(await send('/api/stock', { headers: session }));
    expect(answers.map(({ status }) => status)).toEqual([
      401, 401, 403, 200, 200, 200, 200, 404, 400, 200, 415, 404, 405, 204, 503,
    ]);
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';font-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['strict-transport-security'] ?? headers['x-powered-by']).toBeUndefined();
    }
  });
});
