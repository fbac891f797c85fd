import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type ServedOrders, serveOrders } from '../served-orders.fixture.js';

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
const toPaths = (body: { errors: { path: string }[] }) => body.errors.map(({ path }) => path);

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

describe('an order whose transaction takes too long', () => {
  const place = (count: number, where: ServedOrders, headers?: Record<string, string>) =>
    Promise.all(Array.from({ length: count }, () => where.place(GOOD, headers)));
  const toStatuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status);
  /**
   * Places an order. Requests are processed in order, so all earlier requests have ended
   * afterwards.
   */
  async function placeLast(where: ServedOrders): Promise<string> {
    const { status, body } = await where.place(GOOD);
    expect(status).toBe(201);
    return body.id;
  }

  it('table-lock: orders without a key that were answered 503 are not placed after the lock', async () => {
    const lock = await db.lock('LOCK TABLE orders IN SHARE MODE');
    const startedAt = performance.now();
    const answers = await place(20, service);
    const seconds = (performance.now() - startedAt) / 1_000;
    await lock.release();
    expect(toStatuses(answers)).toEqual(Array(20).fill(503));
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(Array(20).fill('2'));
    // The batch and two single orders wait for a second each. The other 18 do not.
    expect(seconds).toBeLessThan(9);
    const last = await placeLast(service);
    expect((await db.snapshot()).orders.map(({ id }) => id)).toEqual([last]);
  });

  describe('without a lock_timeout', () => {
    let patient: ServedOrders;
    beforeAll(async () => {
      const database = db.connect({ lock_timeout: '0', statement_timeout: '0' });
      patient = await serveOrders(database, { answerMs: 2_000 });
    });
    afterAll(() => patient.close());

    it('table-lock: orders that wait for the batch before them are not placed after their 503', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const lock = await db.lock('LOCK TABLE orders IN SHARE MODE');
      const sent = place(1, patient);
      await db.untilWaiting(1);
      const waiting = await Promise.all([place(1, patient, key), place(3, patient)]);
      expect(toStatuses(waiting.flat())).toEqual(Array(4).fill(503));
      const keyed = patient.place(GOOD, key);
      const inTime = patient.place({ ...GOOD, customerId: 'bob' });
      await lock.release();
      const answers = [...(await sent), await keyed, await inTime];
      expect(toStatuses(answers)).toEqual(Array(3).fill(201));
      const ids = [...answers.map(({ body }) => body.id), await placeLast(patient)];
      expect((await db.snapshot()).orders.map(({ id }) => id).sort()).toEqual(ids.sort());
    });

    /** Makes COMMIT wait until `release` is called. */
    async function holdCommits() {
      await db.admin.query(`
        CREATE FUNCTION injected() RETURNS trigger LANGUAGE plpgsql AS $$
          BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER injected AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION injected()`);
      const lock = await db.lock('SELECT pg_advisory_xact_lock(1)');
      return async () => {
        await lock.release();
        await db.withdrawFailure();
      };
    }

    it('table-lock: an order that is being committed at its deadline gets the true answer', async () => {
      const release = await holdCommits();
      const placing = patient.place(GOOD);
      await db.untilWaiting(1);
      // This request arrives later and waits in the queue, so it is answered at its deadline.
      expect((await patient.place(GOOD)).status).toBe(503);
      await release();
      expect((await placing).status).toBe(201);
      expect((await db.snapshot()).orders).toMatchObject([{ id: (await placing).body.id }]);
    });

    it('table-lock: the answer states that the outcome is unknown if the reply to COMMIT is lost', async () => {
      const release = await holdCommits();
      const placing = patient.place(GOOD);
      const [pid] = await db.untilWaiting(1);
      await db.admin.query('SELECT pg_terminate_backend($1)', [pid]);
      const { status, headers, body } = await placing;
      await release();
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
      expect(body.detail).toContain('may have been placed');
    });
  });
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
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual(placed);
    await db.admin.query(`UPDATE orders SET status = 'CONFIRMED' WHERE customer_id = 'bob'`);
    const ids = async (query: string) =>
      (await service.ask(`/orders?${query}`)).body.items.map(({ id }: { id: string }) => id);
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
