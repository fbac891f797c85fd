import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type ServedOrders, serveOrders } from '../served-orders.fixture.js';

let db: OrderTestDatabase;
let service: ServedOrders;
let other: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  service = await serveOrders(db.connect());
  other = await serveOrders(db.connect());
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all([service.close(), other.close()]);
  await db.close();
});

const GOOD = { customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 2 }] };

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
