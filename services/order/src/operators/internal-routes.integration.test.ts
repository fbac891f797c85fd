import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createOrderTestDatabase,
  type OrderTestDatabase,
  SECRET,
  type ServedOrders,
  serveOrders,
  signed,
  TOKEN,
} from '../order.fixture.js';

let db: OrderTestDatabase;
let service: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  service = await serveOrders(db.connect());
});
beforeEach(() => db.empty());
afterAll(async () => {
  await service.close();
  await db.close();
});

async function placed(): Promise<{ id: string; messageId: string; createdAt: string }> {
  return (await service.place({ customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 1 }] })).body;
}
const resultOf = ({ id, messageId }: { id: string; messageId: string }) => ({
  messageId,
  orderId: id,
  outcome: 'SUCCEEDED',
  processedAt: '2026-01-01T00:00:00.000Z',
});
const nowSeconds = () => Math.floor(Date.now() / 1_000);

describe('POST /internal/message-results', () => {
  it('applies signed results', async () => {
    const order = await placed();
    const { status, body } = await service.report({ results: [resultOf(order)] });
    expect(status).toBe(200);
    expect(body).toEqual({ results: [{ messageId: order.messageId, status: 'applied' }] });
    expect((await service.ask(`/orders/${order.id}`)).body).toMatchObject({
      status: 'CONFIRMED',
      messages: [{ status: 'COMPLETED' }],
    });
  });

  it('has one effect when the same bytes come 100 times', async () => {
    const order = await placed();
    const text = JSON.stringify({ results: [resultOf(order)] });
    const headers = signed(text);
    expect((await service.report(text, headers)).body.results[0].status).toBe('applied');
    const before = await db.snapshot();
    const again = await Promise.all(Array.from({ length: 99 }, () => service.report(text, headers)));
    expect(new Set(again.map(({ status, body }) => `${status} ${body.results[0].status}`))).toEqual(
      new Set(['200 duplicate']),
    );
    expect(await db.snapshot()).toEqual(before);
  });

  it('refuses a result that names another order, and moves neither', async () => {
    const [mine, theirs] = [await placed(), await placed()];
    const before = await db.snapshot();
    const crossed = resultOf({ id: theirs.id, messageId: mine.messageId });
    const { status, body } = await service.report({ results: [crossed] });
    expect([status, body.results[0].status]).toEqual([200, 'mismatch']);
    expect(await db.snapshot()).toEqual(before);
  });

  it.each<[string, (text: string) => [string, Record<string, string>]]>([
    ['no signature', (text) => [text, {}]],
    ['the signature of another secret', (text) => [text, signed(text, nowSeconds(), `${SECRET}!`)]],
    ['an old signature', (text) => [text, signed(text, nowSeconds() - 301)]],
    ['a signature from the future', (text) => [text, signed(text, nowSeconds() + 310)]],
    ['one flipped byte', (text) => [text.replace('SUCCEEDED', 'SUCCEEDEE'), signed(text)]],
    ['a space more', (text) => [`${text} `, signed(text)]],
    ['another id', (text) => [text, { ...signed(text), 'webhook-id': 'delivery-2' }]],
    ['another time', (text) => [text, { ...signed(text), 'webhook-timestamp': String(nowSeconds() + 1) }]],
  ])('answers 401 with %s, and changes nothing', async (_name, change) => {
    const order = await placed();
    const before = await db.snapshot();
    const [text, headers] = change(JSON.stringify({ results: [resultOf(order)] }));
    const answer = await service.report(text, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(answer.headers.get('www-authenticate')).toContain('Signature');
    expect(await db.snapshot()).toEqual(before);
  });

  const good = resultOf({ id: randomUUID(), messageId: randomUUID() });
  it.each<[string, unknown, string]>([
    ['no results', {}, 'results'],
    ['0 results', { results: [] }, 'results'],
    ['1,001 results', { results: Array(1_001).fill(good) }, 'results'],
    ['an unknown field', { results: [good], note: 1 }, 'note'],
    ['an unknown field of a result', { results: [{ ...good, note: 1 }] }, 'results.0.note'],
    ['a message id that is not a uuid', { results: [{ ...good, messageId: '1' }] }, 'results.0.messageId'],
    ['an order id that is an object', { results: [{ ...good, orderId: { not: '' } }] }, 'results.0.orderId'],
    ['an unknown outcome', { results: [good, { ...good, outcome: 'MAYBE' }] }, 'results.1.outcome'],
    ['a NUL byte', { results: [{ ...good, reason: 'a\u0000' }] }, 'results.0.reason'],
    ['a long reason', { results: [{ ...good, reason: 'x'.repeat(501) }] }, 'results.0.reason'],
    ['a time that is none', { results: [{ ...good, processedAt: 'now' }] }, 'results.0.processedAt'],
    ['a list', [good], ''],
  ])('answers 400 for %s, naming the field', async (_name, body, field) => {
    const answer = await service.report(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toContain(field);
  });

  it('takes 1,000 results with the longest reasons', async () => {
    const results = Array(1_000).fill({ ...good, outcome: 'REJECTED', reason: '字'.repeat(500) });
    const { status, body } = await service.report({ results });
    expect([status, body.results.length]).toEqual([200, 1_000]);
  });

  it('refuses half a body, a body over the limit, another type and another method', async () => {
    expect((await service.report('{"results":')).status).toBe(400);
    expect((await service.report(JSON.stringify('x'.repeat(2_200_000)))).status).toBe(413);
    const text = { ...signed('x'), 'content-type': 'text/plain' };
    expect((await service.report('x', text)).status).toBe(415);
    expect((await service.askInternal('/internal/message-results')).status).toBe(405);
  });
});

describe('what operators read', () => {
  const operator = { headers: { authorization: `Bearer ${TOKEN}` } };
  const read = (path: string) => service.askInternal(path, operator);

  it.each(['/messages', '/messages/stats', `/messages/${randomUUID()}`])(
    'needs the token: %s',
    async (path) => {
      for (const authorization of ['', 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
        const init = authorization === '' ? {} : { headers: { authorization } };
        const { status, headers } = await service.askInternal(path, init);
        expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      }
    },
  );

  it('is not on the public port', async () => {
    expect((await service.ask('/messages', operator)).status).toBe(404);
    expect((await service.ask('/internal/message-results', { method: 'POST' })).status).toBe(404);
  });

  it('shows a message, lists by status, type and key over pages, and counts', async () => {
    const orders = [await placed(), await placed(), await placed()];
    await service.report({ results: [resultOf(orders[1] as never)] });
    const ids = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id);
    const newestFirst = orders.map(({ messageId }) => messageId).reverse();

    const page = (await read('/messages?limit=2')).body;
    expect(ids(page)).toEqual(newestFirst.slice(0, 2));
    expect(ids((await read(`/messages?limit=2&cursor=${page.nextCursor}`)).body)).toEqual(
      newestFirst.slice(2),
    );
    expect(ids((await read('/messages?status=COMPLETED')).body)).toEqual([orders[1]?.messageId]);
    expect(ids((await read(`/messages?key=${orders[0]?.id}`)).body)).toEqual([orders[0]?.messageId]);
    expect(ids((await read('/messages?type=order.cancelled.v1')).body)).toEqual([]);
    const between = `createdAfter=${orders[1]?.createdAt}&createdBefore=2100-01-01T00:00:00%2B02:00`;
    expect(ids((await read(`/messages?${between}`)).body)).not.toContain(orders[0]?.messageId);
    expect(ids((await read('/messages?createdBefore=2026-01-01T00:00:00Z')).body)).toEqual([]);
    expect(ids((await read('/messages?error=timeout')).body)).toEqual([]);

    const one = (await read(`/messages/${orders[1]?.messageId.toUpperCase()}`)).body;
    expect(one).toMatchObject({
      id: orders[1]?.messageId,
      key: orders[1]?.id,
      status: 'COMPLETED',
      payload: { orderId: orders[1]?.id },
      result: { outcome: 'SUCCEEDED' },
    });
    expect(JSON.stringify((await read('/messages/stats')).body)).toMatch(
      /"PENDING":2.*"COMPLETED":1|"COMPLETED":1.*"PENDING":2/,
    );
    expect((await read(`/messages/${randomUUID()}`)).status).toBe(404);
  });

  it.each([
    ['/messages?status=NOPE', 'status'],
    ['/messages?limit=-1', 'limit'],
    ['/messages?cursor=1', 'cursor'],
    ['/messages?type=%00', 'type'],
    ['/messages?key=%0D%0A', 'key'],
    ['/messages?foo=1', 'foo'],
    ['/messages?createdBefore=now', 'createdBefore'],
    ['/messages?createdAfter=0000-01-01T00:00:00Z', 'createdAfter'],
    ['/messages?error=%00', 'error'],
    ['/messages?error=a&error=b', 'error'],
    ['/messages/1', 'id'],
  ])('answers 400 for %s, naming the field', async (path, field) => {
    const { status, body } = await read(path);
    expect(status).toBe(400);
    expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(field);
  });

  it('answered nothing above with an error of the server', () => {
    const unexpected = service.log.filter(({ level, msg }) => level === 'error' && msg === 'request failed');
    expect(unexpected).toEqual([]);
  });
});
