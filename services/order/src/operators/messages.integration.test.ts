import { randomUUID } from 'node:crypto';
import type { SpeedView } from '@lmt/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type AnswerBody, type ServedOrders, serveOrders, TOKEN } from '../served-orders.fixture.js';
import { placeOne } from './placed-orders.fixture.js';

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

const placed = () => placeOne(service);
const toResult = ({ id, messageId }: { id: string; messageId: string }) => ({
  messageId,
  orderId: id,
  outcome: 'SUCCEEDED',
  processedAt: '2026-01-01T00:00:00.000Z',
});

describe('reading messages as an operator', () => {
  const operator = { headers: { authorization: `Bearer ${TOKEN}` } };
  const read = (path: string) => service.askInternal(path, operator);

  it.each(['/messages', '/messages/stats', '/messages/speed', `/messages/${randomUUID()}`])(
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

  it('returns a message, pages filtered by status, type and key, and counts', async () => {
    const orders = [await placed(), await placed(), await placed()];
    await service.report({ results: [toResult(orders[1] as never)] });
    const ids = ({ items }: AnswerBody) => items.map(({ id }) => id);
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
      claimedAt: null,
      position: null,
      payload: { orderId: orders[1]?.id },
      result: { outcome: 'SUCCEEDED' },
    });
    expect(JSON.stringify((await read('/messages/stats')).body)).toMatch(
      /"PENDING":2.*"COMPLETED":1|"COMPLETED":1.*"PENDING":2/,
    );
    expect((await read(`/messages/${randomUUID()}`)).status).toBe(404);
  });

  it('returns the speed of recently completed messages', async () => {
    const order = await placed();
    await service.report({ results: [toResult(order)] });
    const { status, text } = await read('/messages/speed');
    expect(status).toBe(200);
    const view: SpeedView = JSON.parse(text);
    expect(view).toMatchObject({ bucketSeconds: 5, messages: 1 });
    expect(view.stages.map(({ stage }) => stage)).toEqual([]);
    expect(view.buckets).toHaveLength(60);
    expect(view.buckets.reduce((sum, { messages }) => sum + messages, 0)).toBe(1);
    expect((await read('/messages/speed?minutes=60')).body).toMatchObject({ bucketSeconds: 60, messages: 1 });
  });

  it.each([
    ['/messages?error=a&error=b', 'error'],
    ['/messages/1', 'id'],
    ['/messages/speed?minutes=0', 'minutes'],
    ['/messages/speed?minutes=61', 'minutes'],
    ['/messages/speed?minutes=1.5', 'minutes'],
  ])('answers 400 for %s, naming the field', async (path, field) => {
    const { status, body } = await read(path);
    expect(status).toBe(400);
    expect(body.errors.map(({ path }) => path)).toContain(field);
  });

  it('caused no server error in the tests above', () => {
    const unexpected = service.log.filter(({ level, msg }) => level === 'error' && msg === 'request failed');
    expect(unexpected).toEqual([]);
  });
});
