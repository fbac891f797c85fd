import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { SECRET, type ServedOrders, serveOrders, signed } from '../served-orders.fixture.js';

let db: OrderTestDatabase;
let service: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  service = await serveOrders(db.connect(), { sql: db.connectSql() });
});
beforeEach(() => db.empty());
afterAll(async () => {
  await service.close();
  await db.close();
});

async function placed(): Promise<{ id: string; messageId: string }> {
  return (await service.place({ customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 1 }] })).body;
}
const toResult = ({ id, messageId }: { id: string; messageId: string }) => ({
  messageId,
  orderId: id,
  outcome: 'SUCCEEDED',
  processedAt: '2026-01-01T00:00:00.000Z',
});
const nowSeconds = () => Math.floor(Date.now() / 1_000);

describe('POST /internal/message-results', () => {
  it('applies signed results', async () => {
    const order = await placed();
    const { status, body } = await service.report({ results: [toResult(order)] });
    expect(status).toBe(200);
    expect(body).toEqual({ results: [{ messageId: order.messageId, status: 'applied' }] });
    expect((await service.ask(`/orders/${order.id}`)).body).toMatchObject({
      status: 'CONFIRMED',
      messages: [{ status: 'COMPLETED' }],
    });
  });

  it("stores the consumer's times with each result, and observes each completed message once", async () => {
    const [first, second] = [await placed(), await placed()];
    const {
      log: _log,
      report,
      readMetrics,
      close,
    } = await serveOrders(db.connect(), { sql: db.connectSql() });
    const sentAt = '2026-01-01T00:00:00.020Z';
    const receivedAt = '2025-12-31T23:59:59.990Z';
    const results = [{ ...toResult(first), receivedAt }, toResult(second)];
    for (const _ of [1, 2]) expect((await report({ results, sentAt })).status).toBe(200);
    const stored = { outcome: 'SUCCEEDED', processedAt: '2026-01-01T00:00:00.000Z', sentAt };
    expect((await db.snapshot()).messages.map(({ result }) => result)).toEqual([
      { ...stored, receivedAt },
      stored,
    ]);
    const text = await readMetrics();
    expect(text).toMatch(/outbox_completed_seconds_count\{.*\} 2/);
    expect(text).toMatch(/outbox_stage_seconds_sum\{.*stage="process"\} 0.01/);
    await close();
  });

  it('applies a request once when it arrives 100 times', async () => {
    const order = await placed();
    const text = JSON.stringify({ results: [toResult(order)] });
    const headers = signed(text);
    expect((await service.report(text, headers)).body.results[0]?.status).toBe('applied');
    const before = await db.snapshot();
    const again = await Promise.all(Array.from({ length: 99 }, () => service.report(text, headers)));
    expect(new Set(again.map(({ status, body }) => `${status} ${body.results[0]?.status}`))).toEqual(
      new Set(['200 duplicate']),
    );
    expect(await db.snapshot()).toEqual(before);
  });

  it('rejects a result that names another order, and moves neither order', async () => {
    const [mine, theirs] = [await placed(), await placed()];
    const before = await db.snapshot();
    const crossed = toResult({ id: theirs.id, messageId: mine.messageId });
    const { status, body } = await service.report({ results: [crossed] });
    expect([status, body.results[0]?.status]).toEqual([200, 'mismatch']);
    expect(await db.snapshot()).toEqual(before);
  });

  it.each<[string, (text: string) => [string, Record<string, string>]]>([
    ['no signature', (text) => [text, {}]],
    ['the signature of another secret', (text) => [text, signed(text, nowSeconds(), `${SECRET}!`)]],
    ['an old signature', (text) => [text, signed(text, nowSeconds() - 301)]],
    ['a signature from the future', (text) => [text, signed(text, nowSeconds() + 310)]],
    ['one flipped byte', (text) => [text.replace('SUCCEEDED', 'SUCCEEDEE'), signed(text)]],
    ['an added space', (text) => [`${text} `, signed(text)]],
    ['another id', (text) => [text, { ...signed(text), 'webhook-id': 'delivery-2' }]],
    ['another time', (text) => [text, { ...signed(text), 'webhook-timestamp': String(nowSeconds() + 1) }]],
  ])('answers 401 with %s, and changes nothing', async (_name, change) => {
    const order = await placed();
    const before = await db.snapshot();
    const [text, headers] = change(JSON.stringify({ results: [toResult(order)] }));
    const answer = await service.report(text, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
    expect(answer.headers.get('www-authenticate')).toContain('Signature');
    expect(await db.snapshot()).toEqual(before);
  });

  const good = toResult({ id: randomUUID(), messageId: randomUUID() });
  it('answers 400 for a body without results, naming the field', async () => {
    const { status, body } = await service.report({ results: [] });
    expect([status, body.errors[0]?.path]).toEqual([400, 'results']);
  });

  it('strict-results: unknown fields of the body and of its results are ignored', async () => {
    const order = await placed();
    const { status, body } = await service.report({
      results: [{ ...toResult(order), warehouse: 'B' }],
      sentBy: 'inventory-2',
    });
    expect([status, body]).toEqual([200, { results: [{ messageId: order.messageId, status: 'applied' }] }]);
  });

  it('strict-results: only an invalid or unsupported result is refused, the others are applied', async () => {
    const [first, second, third] = [await placed(), await placed(), await placed()];
    const { status, body } = await service.report({
      results: [
        toResult(first),
        { ...toResult(second), processedAt: 'soon' },
        { ...toResult(third), outcome: 'PARTIALLY_SUCCEEDED' },
        { ...toResult(third), messageId: 'not-a-uuid' },
        { ...toResult(third), messageId: 5 },
        null,
        toResult(second),
      ],
    });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      { messageId: first.messageId, status: 'applied' },
      { messageId: second.messageId, status: 'invalid', reason: expect.stringContaining('processedAt') },
      { messageId: third.messageId, status: 'unsupported', reason: expect.stringContaining('outcome') },
      { messageId: 'not-a-uuid', status: 'invalid', reason: expect.stringContaining('messageId') },
      { status: 'invalid', reason: expect.stringContaining('messageId') },
      { status: 'invalid', reason: expect.any(String) },
      { messageId: second.messageId, status: 'applied' },
    ]);
    const { messages } = await db.snapshot();
    expect(messages.find(({ id }) => id === third.messageId)?.status).toBe('PENDING');
  });

  it('strict-results: a thousand faulty results of many requests cause one log line for each status', async () => {
    const { log, report, close } = await serveOrders(db.connect(), { sql: db.connectSql() });
    const results = [...Array(500).fill(good), ...Array(500).fill({ ...good, outcome: 'MAYBE' })];
    const answers = [await report({ results }), await report({ results })];
    await close();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(log.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', results: 500, status: 'unknown', messageId: good.messageId },
      { level: 'warn', results: 500, status: 'unsupported', messageId: good.messageId },
    ]);
  });

  it('accepts 1,000 results with the longest reasons', async () => {
    const results = Array(1_000).fill({ ...good, outcome: 'REJECTED', reason: '字'.repeat(500) });
    const { status, body } = await service.report({ results });
    expect([status, body.results.length]).toEqual([200, 1_000]);
  });

  it('rejects half a body, a body over the limit, another type and another method', async () => {
    expect((await service.report('{"results":')).status).toBe(400);
    expect((await service.report(JSON.stringify('x'.repeat(2_200_000)))).status).toBe(413);
    const text = { ...signed('x'), 'content-type': 'text/plain' };
    expect((await service.report('x', text)).status).toBe(415);
    expect((await service.askInternal('/internal/message-results')).status).toBe(405);
  });

  it('caused no server error in the tests above', () => {
    const unexpected = service.log.filter(({ level, msg }) => level === 'error' && msg === 'request failed');
    expect(unexpected).toEqual([]);
  });
});
