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
  [service, other, down] = await Promise.all([
    serveOrders(db.connect()),
    serveOrders(db.connect()),
    serveOrders(db.connectToNothing()),
  ]);
});
beforeEach(() => db.empty());
afterAll(async () => {
  await Promise.all([service?.close(), other?.close(), down?.close()]);
  await db?.close();
});

async function place(): Promise<{ id: string; messageId: string }> {
  return (await service.place({ customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 2 }] })).body;
}
const toPaths = ({ errors }: AnswerBody) => errors.map(({ path }) => path);

describe('POST /orders/:id/cancel', () => {
  it('answers 202 with the current order, and logs the cancellation', async () => {
    const { id, messageId } = await place();
    const { status, body } = await service.cancel(id, { reason: 'changed my mind' });
    expect(status).toBe(202);
    expect(body).toEqual((await service.ask(`/orders/${id}`)).body);
    expect(body).toMatchObject({
      id,
      status: 'CANCELLING',
      messages: [
        { id: messageId, type: 'order.placed.v1' },
        { type: 'order.cancelled.v1', status: 'PENDING', attempts: 0 },
      ],
    });
    const line = service.log.find(({ msg }) => msg === 'order is being cancelled');
    expect(line).toMatchObject({
      reason: 'changed my mind',
      orderId: id,
      messageId: body.messages[1]?.id,
    });
  });

  it.each([
    ['no body', undefined, {}],
    ['an empty JSON body', '', {}],
    ['an empty object', {}, {}],
    ['a reason of the greatest length', { reason: 'x'.repeat(500) }, {}],
    ['a content-type without a body', undefined, { 'content-type': 'application/json' }],
  ])('accepts %s', async (_name, body, headers) => {
    const { id } = await place();
    expect((await service.cancel(id, body, headers)).status).toBe(202);
  });

  it('keeps the trace context of the client', async () => {
    const { id } = await place();
    const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    await service.cancel(id, undefined, { traceparent });
    expect((await db.snapshot()).messages[1]?.headers).toEqual({ traceparent });
  });

  it('answers a repeated request with 202 while the order is CANCELLING, then 200, with one message', async () => {
    const { id } = await place();
    const first = await service.cancel(id);
    const again = await service.cancel(id, { reason: 'another' });
    expect([again.status, again.text]).toEqual([202, first.text]);
    const messageId = first.body.messages[1]?.id;
    const result = { messageId, orderId: id, outcome: 'SUCCEEDED', processedAt: '2026-01-01T00:00:00.000Z' };
    expect((await service.report({ results: [result] })).status).toBe(200);
    const done = await service.cancel(id);
    expect([done.status, done.body.status]).toEqual([200, 'CANCELLED']);
    expect((await db.snapshot()).messages).toHaveLength(2);
    expect(service.log.filter(({ msg }) => msg === 'order CANCELLED')).toHaveLength(1);
  });

  it('answers 409 for an order that was rejected, with the reason', async () => {
    const { id } = await place();
    await db.admin.query(`UPDATE orders SET status = 'REJECTED', reject_reason = 'unknown sku NOPE'`);
    const { status, headers, body } = await service.cancel(id);
    expect([status, headers.get('content-type')]).toEqual([409, 'application/problem+json']);
    expect(body.detail).toMatch(/REJECTED \(unknown sku NOPE\)/);
    expect((await db.snapshot()).messages).toHaveLength(1);
  });

  it('writes one message for 20 parallel requests to two processes', async () => {
    const { id } = await place();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? service : other).cancel(id)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect((await db.snapshot()).messages).toHaveLength(2);
  });

  it('answers 400 for a bad reason, naming the field, and does not cancel', async () => {
    const { id } = await place();
    const answer = await service.cancel(id, { reason: '' });
    expect([answer.status, toPaths(answer.body)]).toEqual([400, ['reason']]);
    expect((await db.snapshot()).orders[0]?.status).toBe('PENDING');
  });

  it('answers 404 for an unknown order and 400 for an invalid id', async () => {
    expect((await service.cancel(randomUUID())).status).toBe(404);
    const { status, body } = await service.cancel('order-1');
    expect([status, toPaths(body)]).toEqual([400, ['id']]);
  });

  it('accepts an id in upper case', async () => {
    const { id } = await place();
    expect((await service.cancel(id.toUpperCase())).body).toMatchObject({ id, status: 'CANCELLING' });
  });

  it.each(['GET', 'PUT', 'DELETE'])('answers 405 for %s, naming the allowed methods', async (method) => {
    const { status, headers } = await service.ask(`/orders/${randomUUID()}/cancel`, { method });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 503 with Retry-After while the database is down', async () => {
    const { status, headers } = await down.cancel(randomUUID());
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  });

  it('reports a consumer that rejects the cancellation: the message is DEAD, the order CANCELLING', async () => {
    const { id } = await place();
    const messageId = (await service.cancel(id)).body.messages[1]?.id;
    const result = {
      messageId,
      orderId: id,
      outcome: 'REJECTED',
      reason: 'shipped',
      processedAt: '2026-01-01T00:00:00.000Z',
    };
    await service.report({ results: [result] });
    expect(service.log.at(-1)).toMatchObject({
      level: 'error',
      outcome: 'REJECTED',
      reason: 'shipped',
      messageId,
    });
    expect((await service.ask(`/orders/${id}`)).body).toMatchObject({
      status: 'CANCELLING',
      messages: [{}, { status: 'DEAD' }],
    });
  });
});
