import { afterEach, describe, expect, it, vi } from 'vitest';
import { serveConsole, serveUpstream, TOKENS } from '../console.fixture.js';
import { formatSignInLink } from './sign-in-link.js';

const LINK = `/sign-in?token=${TOKENS.SIGN_IN_TOKEN}`;
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function open(env: Record<string, string> = {}) {
  const upstream = await serveUpstream();
  return { upstream, ...(await serveConsole(upstream.url, env)) };
}

afterEach(() => void vi.useRealTimers());

describe('sign-in', () => {
  it('sets a session cookie that scripts and other sites cannot use, and leads to the page', async () => {
    const { send } = await open();
    const { status, headers, text } = await send(LINK);
    expect(status).toBe(200);
    expect(text).toContain('content="0; url=/"');
    expect(headers['set-cookie']).toHaveLength(2);
    for (const cookie of headers['set-cookie'] ?? []) {
      expect(cookie).toMatch(
        /^console-[\w-]{8}(\.sig)?=[\w=-]+; path=\/; expires=[^;]+; samesite=strict; httponly$/,
      );
    }
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('sets a secure cookie if browsers reach the console by https', async () => {
    const { send } = await open({ CONSOLE_URL: 'https://console.example.com' });
    const { headers } = await send(LINK);
    expect(headers['set-cookie']?.[0]).toContain('; secure');
  });

  it.each(['/sign-in', '/sign-in?token=', '/sign-in?token=wrong', `${LINK}x`, `${LINK}&token=wrong`])(
    'rejects %s without a cookie',
    async (path) => {
      const { send, log } = await open();
      const { status, headers } = await send(path);
      expect([status, headers['set-cookie']]).toEqual([401, undefined]);
      expect(log.join()).toContain('sign-in rejected: wrong token');
    },
  );

  it('rejects a request without a session, and does not send it to a service', async () => {
    const { send, url, upstream } = await open();
    const origin = { origin: url };
    const paths = ['/', '/orders', '/api/orders', '/api/health', '/api/session', '/api/nowhere'];
    for (const path of [...paths, '/assets/index-abc123.js']) {
      const answer = await send(path);
      expect([path, answer.status, answer.headers['content-type']]).toEqual([
        path,
        401,
        'application/problem+json',
      ]);
      expect(answer.headers['www-authenticate']).toBe('SignInLink');
    }
    expect((await send('/api/orders', { method: 'POST', headers: origin, body: '{}' })).status).toBe(401);
    expect((await send('/api/sign-out', { method: 'POST', headers: origin })).status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });

  it('explains in both languages where the link is', async () => {
    const { send } = await open();
    for (const path of ['/', '/messages/1', '/sign-in?token=wrong']) {
      const { status, headers, text } = await send(path, { headers: HTML });
      expect([status, headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
      expect(text).toMatch(/Sign in.*npm run demo.*docker compose exec console url/s);
      expect(text).toMatch(/lang="zh-CN".*登录.*npm run demo.*docker compose exec console url/s);
    }
    expect((await send('/api/orders', { headers: HTML })).headers['content-type']).toBe(
      'application/problem+json',
    );
    expect((await send('/favicon.ico')).status).toBe(204);
    expect((await send('/sign-in.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('admits the cookie, also after a restart and at a second console with the same token', async () => {
    const first = await open();
    const headers = await first.signIn();
    expect((await first.send('/api/orders', { headers })).status).toBe(200);
    const second = await open();
    expect((await second.send('/api/orders', { headers })).status).toBe(200);
    const third = await open({ SIGN_IN_TOKEN: 'x'.repeat(32) });
    expect((await third.send('/api/orders', { headers })).status).toBe(401);
  });

  it.each([
    ['another payload', (cookie: string) => cookie.replace(/=[^;]+/, `=${btoa('{"endsAt":9e15}')}`)],
    [
      'another signature',
      (cookie: string) => cookie.replace(/(?<=\.sig=)./, (first) => (first === 'A' ? 'B' : 'A')),
    ],
    ['no signature', (cookie: string) => cookie.split(';')[0] ?? ''],
    ['another name', (cookie: string) => cookie.replaceAll('console-', 'consol3-')],
  ])('rejects a cookie with %s', async (_, tamper) => {
    const { send, signIn } = await open();
    const { cookie } = await signIn();
    expect((await send('/api/orders', { headers: { cookie: tamper(cookie) } })).status).toBe(401);
  });

  it('ends a session after 12 hours, if the browser keeps the cookie too', async () => {
    const { send, signIn } = await open();
    vi.useFakeTimers({ toFake: ['Date'] });
    const headers = await signIn();
    vi.setSystemTime(Date.now() + 12 * 3_600_000 - 1_000);
    expect((await send('/api/orders', { headers })).status).toBe(200);
    vi.setSystemTime(Date.now() + 2_000);
    expect((await send('/api/orders', { headers })).status).toBe(401);
  });

  it('removes the cookies at the sign-out', async () => {
    const { open: openPage } = await open();
    const { post } = await openPage();
    const { status, headers } = await post('/api/sign-out');
    expect(status).toBe(204);
    expect(headers['set-cookie']).toHaveLength(2);
    for (const cookie of headers['set-cookie'] ?? []) expect(cookie).toContain('; expires=Thu, 01 Jan 1970');
  });

  it('shows no token in an answer or a log line', async () => {
    const {
      send,
      signIn,
      log,
      open: openPage,
      upstream,
    } = await open({
      CONTROL_URL: 'http://127.0.0.1:1',
      CONTROL_TOKEN: TOKENS.CONTROL_TOKEN,
    });
    await signIn();
    const { get, post } = await openPage();
    const paths = [
      '/',
      '/api/orders',
      '/api/messages',
      '/api/inbox/1',
      '/api/health',
      '/api/session',
      '/api/control',
    ];
    const answers = [await send(LINK), await send(`${LINK}x`), await send(LINK, { method: 'PUT' })];
    for (const path of paths) answers.push(await get(path));
    answers.push(await post('/api/messages/requeue', '{}'), await post('/api/control/kill', '{}'));
    upstream.close();
    answers.push(await get('/api/messages/stats'), await get('/api/dead-letters'));
    const seen = answers.map(({ headers, text }) => JSON.stringify(headers) + text).join() + log.join();
    for (const token of Object.values(TOKENS)) expect(seen).not.toContain(token);
  });
});

describe('formatSignInLink', () => {
  it.each([
    [{ PORT: 3003 }, 'http://127.0.0.1:3003/sign-in?token=a%2Bb%26c'],
    [
      { PORT: 3003, CONSOLE_URL: 'https://console.example.com/' },
      'https://console.example.com/sign-in?token=a%2Bb%26c',
    ],
  ])('formats %j', (settings, link) => {
    expect(formatSignInLink({ SIGN_IN_TOKEN: 'a+b&c', ...settings })).toBe(link);
  });
});
