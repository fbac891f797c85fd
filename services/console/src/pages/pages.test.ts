import { describe, expect, it } from 'vitest';
import { serveConsole, serveUpstream } from '../console.fixture.js';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function open() {
  const { send, signIn } = await serveConsole((await serveUpstream()).url);
  return { send, session: await signIn() };
}

describe('pageRoutes', () => {
  it('serves the page at every path without a file, and never from a cache', async () => {
    const { send, session } = await open();
    for (const path of ['/', '/orders', '/messages/1?tab=payload', '/stock/KEY.BOARD', '/apiary']) {
      const { status, headers, text } = await send(path, { headers: { ...session, ...HTML } });
      expect([path, status, text]).toEqual([path, 200, '<!doctype html><title>the page</title>']);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
      });
      expect(headers['last-modified'] ?? headers.etag).toBeUndefined();
    }
  });

  it.each([
    ['/', '*/*', 200, 'text/html; charset=utf-8'],
    ['/', 'application/json', 404, 'application/problem+json'],
    ['/healthz', '*/*', 404, 'application/problem+json'],
    ['/api', '*/*', 404, 'application/problem+json'],
    ['/api/nowhere', '*/*', 404, 'application/problem+json'],
  ])('answers a client at %s that accepts %s with %i', async (path, accept, expectedStatus, type) => {
    const { send, session } = await open();
    const { status, headers } = await send(path, { headers: { ...session, accept } });
    expect([status, headers['content-type']]).toEqual([expectedStatus, type]);
  });

  it.each([
    ['index-abc123.js', 'gzip, deflate, br, zstd', 'compressed', 'br', 'text/javascript; charset=utf-8'],
    ['index-abc123.js', 'gzip', 'export {};', undefined, 'text/javascript; charset=utf-8'],
    ['index-abc123.js', 'gzip, br;q=0', 'export {};', undefined, 'text/javascript; charset=utf-8'],
    ['index-abc123.js', '', 'export {};', undefined, 'text/javascript; charset=utf-8'],
    ['icon-abc123.svg', 'br', '<svg/>', undefined, 'image/svg+xml'],
  ])(
    'serves %s to a browser that accepts "%s", which keeps it',
    async (name, accepted, body, encoding, type) => {
      const { send, session } = await open();
      const { status, headers, text } = await send(`/assets/${name}`, {
        headers: { ...session, 'accept-encoding': accepted },
      });
      expect([status, text]).toEqual([200, body]);
      expect(headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-type': type,
        vary: 'Accept-Encoding',
        'x-content-type-options': 'nosniff',
      });
      expect(headers['content-encoding']).toBe(encoding);
    },
  );

  it('serves assets only to browsers with a session', async () => {
    const { send } = await open();
    const { status, headers } = await send('/assets/index-abc123.js', {
      headers: { 'accept-encoding': 'br' },
    });
    expect([status, headers['content-encoding']]).toEqual([401, undefined]);
  });

  it.each([
    '/assets/gone.js',
    '/assets',
    '/assets/',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/..%2fassets%2findex-abc123.js',
    '/assets/%zz',
    '/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd',
    '/api',
    '/api/nowhere',
    '/api/orders/a/b',
  ])('serves no file and no page at %s', async (path) => {
    const { send, session } = await open();
    const { status, headers } = await send(path, {
      headers: { ...session, ...HTML, 'accept-encoding': 'br' },
    });
    expect([400, 403, 404]).toContain(status);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(headers['content-encoding']).toBeUndefined();
  });
});
