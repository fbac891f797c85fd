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

  it('serves assets, which browsers keep', async () => {
    const { send, session } = await open();
    const { status, headers, text } = await send('/assets/index-abc123.js', { headers: session });
    expect([status, text]).toEqual([200, 'export {};']);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toMatch(/^text\/javascript/);
  });

  it.each([
    '/assets/gone.js',
    '/assets',
    '/assets/',
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd',
    '/api',
    '/api/nowhere',
    '/api/orders/a/b',
  ])('serves no file and no page at %s', async (path) => {
    const { send, session } = await open();
    const { status, headers } = await send(path, { headers: { ...session, ...HTML } });
    expect([404, 403]).toContain(status);
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
  });
});
