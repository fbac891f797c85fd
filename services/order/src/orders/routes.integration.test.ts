import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type AnswerBody, type ServedOrders, serveOrders } from '../served-orders.fixture.js';

let db: OrderTestDatabase;
let service: ServedOrders;
let other: ServedOrders;
let down: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  service = await serveOrders(db.connect());
  other = await serveOrders(db.connect());
  down = await serveOrders(db.connectToNothing());
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all([service.close(), other.close(), down.close()]);
  await db.close();
});

const GOOD = { customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 2 }] };
const withItems = (...items: unknown[]) => ({ ...GOOD, items });
const line = (quantity: unknown) => withItems({ sku: 'KEYBOARD', quantity });
const many = (count: number) =>
  withItems(...Array.from({ length: count }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 })));
const toPaths = ({ errors }: AnswerBody) => errors.map(({ path }) => path);

describe('POST /orders', () => {
  it('answers 201 with the order and its Location', async () => {
    const { status, headers, body } = await service.place(GOOD);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/orders/${body.id}`);
    expect(headers.get('idempotency-replayed')).toBeNull();
    expect(body).toEqual({
      id: expect.any(String),
      ...GOOD,
      status: 'PENDING',
      messageId: expect.any(String),
      createdAt: expect.any(String),
    });
    expect(await db.orphans()).toEqual([]);
  });

  it('accepts 100 items, and any printable text', async () => {
    const customerId = `Ada "O'Hara" 你好 😀 \\ %s <b>`;
    const { status, body } = await service.place({ ...many(100), customerId });
    expect([status, body.items.length, body.customerId]).toEqual([201, 100, customerId]);
  });

  it('keeps the trace context of the client, and starts a trace without one', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await service.place(GOOD, { traceparent });
    await service.place(GOOD, { traceparent: 'nonsense' });
    const [first, second] = (await db.snapshot()).messages.map(({ headers }) => headers.traceparent);
    expect(first).toBe(traceparent);
    expect(second).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  it.each<[string, unknown, string]>([
    ['a quantity of 0', line(0), 'items.0.quantity'],
    [
      '__proto__',
      `{"customerId":"a","items":[{"sku":"A","quantity":1}],"__proto__":{"polluted":1}}`,
      '__proto__',
    ],
  ])('answers 400 for %s, naming the field', async (_name, body, field) => {
    const answer = await service.place(body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(answer.body).toMatchObject({
      status: 400,
      type: 'urn:problem:invalid-input',
      title: 'Invalid input',
    });
    expect(toPaths(answer.body)).toContain(field);
    expect((await db.snapshot()).orders).toEqual([]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('rejects a body over 64 KiB with 413, and a form with 415', async () => {
    const large = { ...GOOD, customerId: 'x'.repeat(65_536) };
    expect((await service.place(large)).status).toBe(413);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await service.place('customerId=ada', form)).status).toBe(415);
    expect((await db.snapshot()).orders).toEqual([]);
  });

  it('answers 503 with Retry-After while the database is down', async () => {
    const { status, headers } = await down.place(GOOD);
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });
});

describe('the Idempotency-Key', () => {
  it('returns the first answer again, byte for byte, after the order has changed', async () => {
    const key = randomUUID();
    const first = await service.place(GOOD, { 'idempotency-key': key });
    await db.admin.query(`UPDATE orders SET status = 'CONFIRMED', updated_at = now()`);
    const again = await other.place(GOOD, { 'idempotency-key': key });
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await db.snapshot()).orders).toHaveLength(1);
  });

  it('places one order for 20 parallel requests to two processes, with 20 equal answers', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? service : other).place(GOOD, headers)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const fresh = answers.filter((answer) => answer.headers.get('idempotency-replayed') === null);
    expect(fresh).toHaveLength(1);
    const { orders, messages } = await db.snapshot();
    expect([orders.length, messages.length]).toEqual([1, 1]);
  });

  it.each<[string, unknown]>([
    ['another quantity', line(3)],
    ['an additional item', withItems(...GOOD.items, { sku: 'MOUSE', quantity: 1 })],
  ])('answers 422 if the body has %s', async (_name, body) => {
    const headers = { 'idempotency-key': randomUUID() };
    await service.place(GOOD, headers);
    const answer = await service.place(body, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    expect((await db.snapshot()).orders).toHaveLength(1);
  });

  it('key-squatting: a customer cannot block a key by using it before another customer', async () => {
    const headers = { 'idempotency-key': 'order-4711' };
    const bobs = await other.place({ ...GOOD, customerId: 'bob' }, headers);
    const adas = await service.place(GOOD, headers);
    expect([bobs.status, adas.status]).toEqual([201, 201]);
    expect((await service.place(line(3), headers)).status).toBe(422);
    expect((await service.place(GOOD, headers)).text).toBe(adas.text);
    expect((await service.place({ ...GOOD, customerId: 'bob' }, headers)).text).toBe(bobs.text);
    expect((await db.snapshot()).orders).toHaveLength(2);
  });

  it('is not used up by a rejected request', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    expect((await service.place(line(0), headers)).status).toBe(400);
    expect((await service.place(GOOD, headers)).status).toBe(201);
  });

  it.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['with a tab', 'a\tb'],
    ['not ASCII', 'schl\u00fcssel'],
    ['longer than 255', 'x'.repeat(256)],
    ['sent twice', 'a, a'],
  ])('is rejected when it is %s', async (_name, key) => {
    const { status, body } = await service.place(GOOD, { 'idempotency-key': key });
    expect([status, toPaths(body)]).toEqual([400, ['idempotency-key']]);
    expect((await db.snapshot()).orders).toEqual([]);
  });

  it.each(['!', '~', 'x'.repeat(255), '"quoted"', "'; DROP TABLE orders; --".replaceAll(' ', '')])(
    'may be %s',
    async (key) => {
      const headers = { 'idempotency-key': key };
      const first = await service.place(GOOD, headers);
      expect((await service.place(GOOD, headers)).text).toBe(first.text);
    },
  );
});

describe('reading orders', () => {
  it('returns an order with its messages, even if the id is in upper case', async () => {
    const { body: placed } = await service.place(
      withItems({ sku: 'B', quantity: 1 }, { sku: 'A', quantity: 2 }),
    );
    const { status, body } = await service.ask(`/orders/${placed.id.toUpperCase()}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: placed.id,
      customerId: 'ada',
      status: 'PENDING',
      items: placed.items,
      createdAt: placed.createdAt,
      updatedAt: expect.any(String),
      messages: [{ id: placed.messageId, type: 'order.placed.v1', status: 'PENDING', attempts: 0 }],
    });
    await db.admin.query(`UPDATE orders SET status = 'REJECTED', reject_reason = 'no stock'`);
    expect((await service.ask(`/orders/${placed.id}`)).body).toMatchObject({
      status: 'REJECTED',
      rejectReason: 'no stock',
    });
  });

  it('lists orders in pages, newest first, filtered by status, customer and sku', async () => {
    const placed: string[] = [];
    for (let index = 0; index < 5; index++) {
      placed.unshift((await service.place({ ...GOOD, customerId: index === 2 ? 'bob' : 'ada' })).body.id);
    }
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 4; pages++) {
      const { body } = await service.ask(`/orders?limit=2${cursor}`);
      seen.push(...body.items.map(({ id }) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(placed);
    await db.admin.query(`UPDATE orders SET status = 'CONFIRMED' WHERE customer_id = 'bob'`);
    const ids = async (query: string) =>
      (await service.ask(`/orders?${query}`)).body.items.map(({ id }) => id);
    expect(await ids('customerId=bob')).toEqual([placed[2]]);
    expect(await ids('status=CONFIRMED')).toEqual([placed[2]]);
    expect(await ids('status=PENDING&customerId=bob')).toEqual([]);
    const { body: other } = await service.place(withItems({ sku: 'MOUSE', quantity: 1 }));
    const { id, customerId, status, items, createdAt } = other;
    expect((await service.ask('/orders?sku=MOUSE')).body).toEqual({
      items: [{ id, customerId, status, items, createdAt, updatedAt: expect.any(String) }],
      nextCursor: null,
      complete: true,
      scannedTo: null,
    });
  });

  it.each([
    ['/orders?limit=0', 'limit'],
    ['/orders/not-a-uuid', 'id'],
  ])('answers 400 for %s, naming the field', async (path, field) => {
    const { status, body } = await service.ask(path);
    expect(status).toBe(400);
    expect(toPaths(body)).toContain(field);
  });

  it('answers 404 for an unknown order or path, and 400 for a path that does not decode', async () => {
    expect((await service.ask(`/orders/${randomUUID()}`)).status).toBe(404);
    expect((await service.ask('/nothing')).status).toBe(404);
    expect((await service.ask('/orders/%E0%A4%A')).status).toBe(400);
  });

  it.each([
    ['PUT', '/orders', 'GET, POST, HEAD'],
    ['DELETE', `/orders/${randomUUID()}`, 'GET, HEAD'],
  ])('answers 405 for %s %s, naming the allowed methods', async (method, path, allowed) => {
    const { status, headers } = await service.ask(path, { method });
    expect([status, headers.get('allow')]).toEqual([405, allowed]);
  });

  it('caused no server error in the tests above', () => {
    expect(service.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
