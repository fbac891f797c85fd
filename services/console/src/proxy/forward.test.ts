import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerJson, serveConsole, serveUpstream, TOKENS } from '../console.fixture.js';

async function open(...[listener]: Parameters<typeof serveUpstream>) {
  const upstream = await serveUpstream(listener);
  const served = await serveConsole(upstream.url);
  return { upstream, ...served, ...(await served.open()) };
}

const ID = '0196a0b0-0000-7000-8000-000000000001';

describe('routes', () => {
  it.each([
    ['/orders?status=PENDING&sku=A%20B', undefined],
    [`/orders/${ID}`, undefined],
    ['/messages?status=DEAD', 'order'],
    ['/messages/stats', 'order'],
    ['/messages/speed?minutes=5', 'order'],
    [`/messages/${ID}`, 'order'],
    ['/operator-actions?limit=5', 'order'],
    [`/inbox/${ID}`, 'inventory'],
    ['/dead-letters', 'inventory'],
    ['/stock?limit=5', undefined],
    ['/stock/KEY.BOARD-1', undefined],
    ['/stock/MOUSE/movements?cursor=x', undefined],
  ])('reads %s with the token of %s', async (path, service) => {
    const { get, upstream } = await open();
    expect((await get(`/api${path}`)).json()).toEqual({ fine: true });
    const [{ method, url, headers } = {}] = upstream.requests;
    const token = { order: TOKENS.ORDER_ADMIN_TOKEN, inventory: TOKENS.INVENTORY_ADMIN_TOKEN }[service ?? ''];
    expect([method, url, headers?.authorization]).toEqual(['GET', path, token && `Bearer ${token}`]);
    expect(headers?.cookie).toBeUndefined();
  });

  it.each([
    ['/orders', undefined],
    [`/orders/${ID}/cancel`, undefined],
    ['/messages/requeue', 'order'],
    [`/messages/${ID}/discard`, 'order'],
    [`/messages/${ID}/send-now`, 'order'],
    ['/stock/MOUSE/adjustments', 'inventory'],
  ])('posts %s with the token of %s', async (path, service) => {
    const { post, upstream } = await open();
    // A browser sends header values as bytes. The page encodes names in UTF-8, as curl does.
    const operator = Buffer.from('王小明').toString('latin1');
    const sent = { 'idempotency-key': 'key-1', 'x-operator': operator, authorization: 'Bearer own' };
    expect((await post(`/api${path}`, '{"a":"é"}', sent)).status).toBe(200);
    const [{ method, url, headers = {}, body } = {}] = upstream.requests;
    const token = { order: TOKENS.ORDER_ADMIN_TOKEN, inventory: TOKENS.INVENTORY_ADMIN_TOKEN }[service ?? ''];
    expect([method, url, body]).toEqual(['POST', path, '{"a":"é"}']);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'key-1' });
    expect(headers['x-operator']).toBe(operator);
    expect(headers.authorization).toBe(token && `Bearer ${token}`);
    expect(headers.cookie ?? headers.origin).toBeUndefined();
  });

  it('posts without a body', async () => {
    const { post, upstream } = await open();
    expect((await post(`/api/messages/${ID}/requeue`)).status).toBe(200);
    expect(upstream.requests[0]).toMatchObject({ method: 'POST', body: '' });
  });

  it.each([
    '/api/orders/..',
    '/api/orders/%2e%2e',
    '/api/orders/..%2Fmessages',
    '/api/orders/a%2Fb',
    '/api/orders/a%3Fb',
    '/api/orders/a%0d%0aHost:x',
    '/api/stock/../messages',
    '/api/stock/%2e%2e/movements',
    `/api/orders/${'a'.repeat(129)}`,
    '/api/orders/%',
    '/api//messages',
    '/api/metrics',
    '/api/internal/message-results',
  ])('does not forward %s', async (path) => {
    const { get, upstream } = await open();
    const { status, headers } = await get(path);
    expect([400, 404]).toContain(status);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(upstream.requests).toEqual([]);
  });

  it('does not forward a body that is too large, compressed or not JSON', async () => {
    const { post, upstream } = await open();
    expect((await post('/api/orders', `["${'x'.repeat(64 * 1024)}"]`)).status).toBe(413);
    expect((await post('/api/orders', '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post('/api/orders', 'a=b', { 'content-type': 'text/plain' })).status).toBe(415);
    expect(upstream.requests).toEqual([]);
  });
});

describe('answers', () => {
  it('passes back status, body, Retry-After and Idempotency-Replayed, and no other header', async () => {
    const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'Wait.' };
    const { get, post, url } = await open(
      answerJson(503, problem, {
        'content-type': 'application/problem+json',
        'retry-after': '7',
        'idempotency-replayed': 'true',
        location: '/orders/1',
        'set-cookie': 'a=b',
        'access-control-allow-origin': '*',
        'x-inside': 'secret',
      }),
    );
    for (const answer of [await get('/api/orders'), await post('/api/orders', '{}')]) {
      expect([answer.status, answer.json()]).toEqual([503, problem]);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': '7',
        'idempotency-replayed': 'true',
        'cache-control': 'no-store',
      });
      for (const name of ['location', 'set-cookie', 'access-control-allow-origin', 'x-inside'])
        expect([name, answer.headers[name], url]).toEqual([name, undefined, url]);
    }
  });

  it.each([
    ['HTML', 200, { 'content-type': 'text/html' }],
    ['a redirect', 302, { location: 'http://evil.example' }],
    ['an unknown type', 404, { 'content-type': 'application/octet-stream' }],
  ])('answers 503 with the name of a service that answers %s', async (_, status, headers) => {
    const { get } = await open(answerJson(status, '<script>', headers));
    const answer = await get('/api/messages');
    expect(answer.status).toBe(503);
    expect(answer.json()).toMatchObject({
      detail: `The order service gave an unexpected answer (${status}): check its URL in the console's settings.`,
    });
  });

  it('does not pass a 401 back, which the page would take for the end of its session', async () => {
    const { get, log } = await open(answerJson(401, { status: 401 }));
    const answer = await get('/api/dead-letters');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("The inventory rejects the console's token");
    expect(log.filter((line) => line.includes('requests failed'))).toHaveLength(1);
  });

  it.each([
    ['no HTTP', (text: string) => text],
    [
      'half an answer',
      () => 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    ],
    ['an endless head', () => `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
    ['too much', () => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${'x'.repeat(9_000_000)}`],
  ])('answers 503 for a service that sends %s', async (_, toAnswer) => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(toAnswer('\0garbage\r\n\r\n')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { get } = await (await serveConsole(`http://127.0.0.1:${port}`)).open();
    const answer = await get('/api/orders');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    expect(answer.text).toContain('The order service does not answer');
  });

  it('answers 503 for a service that is down, and reports whether a POST may have had an effect', async () => {
    const { get, post, upstream } = await open();
    upstream.close();
    const read = await get('/api/stock');
    expect(read.json()).toMatchObject({
      status: 503,
      detail: 'The inventory does not answer: ECONNREFUSED.',
    });
    const write = await post('/api/orders', '{}');
    expect(write.json()).toMatchObject({ detail: 'The order service does not answer: ECONNREFUSED.' });
  });

  it('answers 503 within the time limit for a service that is paused, and does not repeat a POST', async () => {
    const limits: AbortController[] = [];
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      const limit = new AbortController();
      limits.push(limit);
      return limit.signal;
    });
    onTestFinished(() => timeout.mockRestore());
    const { get, post, upstream } = await open(() => limits.at(-1)?.abort());
    expect((await get('/api/orders')).json()).toMatchObject({
      detail: 'The order service does not answer: no answer within 10 s.',
    });
    const write = await post('/api/orders', '{}');
    expect(write.status).toBe(503);
    expect(write.text).toContain('The request may have taken effect.');
    expect(upstream.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });
});

describe('equal reads', () => {
  it('of several sessions share one request to the service', async () => {
    const answers: (() => void)[] = [];
    const { upstream, signIn, send, received } = await open((request, response) => {
      answers.push(() => answerJson(200, { n: answers.length })(request, response));
    });
    const sessions = await Promise.all([signIn(), signIn()]);
    const before = received();
    const gets = Array.from({ length: 10 }, (_, index) =>
      send('/api/messages/stats', { headers: sessions[index % 2] ?? {} }),
    );
    await vi.waitFor(() => expect([received() - before, answers.length]).toEqual([10, 1]), 10_000);
    answers[0]?.();
    expect((await Promise.all(gets)).map(({ text }) => text)).toEqual(Array(10).fill('{"n":1}'));
    expect(upstream.requests).toHaveLength(1);
  });

  it('read again after a POST, and reads with another query are not equal', async () => {
    const { get, post, upstream } = await open();
    await get('/api/messages?status=DEAD');
    await get('/api/messages?status=PENDING');
    await post('/api/messages/requeue', '{}');
    await post('/api/messages/requeue', '{}');
    await get('/api/messages?status=DEAD');
    expect(upstream.requests.map(({ url }) => url)).toEqual([
      '/messages?status=DEAD',
      '/messages?status=PENDING',
      '/messages/requeue',
      '/messages/requeue',
      '/messages?status=DEAD',
    ]);
  });
});
