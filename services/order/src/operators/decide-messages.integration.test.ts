import { randomUUID } from 'node:crypto';
import { ORDER_CANCELLED } from '@lmt/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type Answer, type ServedOrders, serveOrders } from '../served-orders.fixture.js';
import { type PlacedOrder, placeDead, reportOutcome } from './placed-orders.fixture.js';

let db: OrderTestDatabase;
let service: ServedOrders;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  service = await serveOrders(db.connect(), { sql: db.connectSql() });
});
beforeEach(() => db.empty());
afterEach(() => db.withdrawFailure());
afterAll(async () => {
  await service.close();
  await db.close();
});

const dead = (reason?: string) => placeDead(service, reason);
const report = (...args: [order: PlacedOrder, outcome: string, reason?: string]) =>
  reportOutcome(service, ...args);
const readMessage = async ({ messageId }: PlacedOrder) => {
  const { messages } = await db.snapshot();
  return messages.find(({ id }) => id === messageId);
};
const toStatus = ({ status, body }: Answer) => [status, body.detail ?? body.status];
const toPaths = ({ body }: Answer) => body.errors.map(({ path }) => path);
const reason = 'repaired';

describe('POST /messages/:id/requeue', () => {
  it('makes a DEAD message PENDING, returns it, and records the operator', async () => {
    const order = await dead();
    const answer = await service.operate(
      `/messages/${order.messageId}/requeue`,
      { reason },
      { 'x-operator': 'ada' },
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: order.messageId,
      key: order.id,
      status: 'PENDING',
      lastError: 'gave up',
      result: null,
      payload: { orderId: order.id },
      history: [{ event: 'died' }, { event: 'requeued', by: 'ada', reason, at: expect.any(String) }],
    });
    expect((await service.operate(`/messages/${order.messageId}`)).body).toEqual(answer.body);
    expect(service.log.filter(({ msg }) => msg === 'dead letter requeued')).toMatchObject([
      { by: 'ada', reason, messageId: order.messageId },
    ]);
  });

  it('needs neither a body nor an operator name', async () => {
    const order = await dead();
    const { status } = await service.askInternal(`/messages/${order.messageId}/requeue`, {
      method: 'POST',
      headers: { authorization: 'Bearer an-operator-token-of-more-than-32-characters' },
    });
    expect(status).toBe(200);
    expect((await readMessage(order))?.history.at(-1)).toEqual({
      at: expect.any(String),
      event: 'requeued',
      by: 'operator',
    });
  });

  it('answers 409 with the current state when it is not DEAD, and changes nothing', async () => {
    const order = await dead();
    const requeue = () => service.operate(`/messages/${order.messageId}/requeue`, {});
    await requeue();
    const before = await db.snapshot();
    expect(toStatus(await requeue())).toEqual([
      409,
      `${order.messageId} is PENDING: only a DEAD message can be requeued.`,
    ]);
    expect(await db.snapshot()).toEqual(before);
    await report(order, 'SUCCEEDED');
    const completed = await db.snapshot();
    const answers = await Promise.all([requeue(), requeue()]);
    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
    expect(await db.snapshot()).toEqual(completed);
  });

  it('answers 404 for an unknown message', async () => {
    const id = randomUUID();
    expect(toStatus(await service.operate(`/messages/${id}/requeue`, {}))).toEqual([
      404,
      `There is no message ${id}.`,
    ]);
    expect(toStatus(await service.operate(`/messages/${id}/discard`, { reason }))[0]).toBe(404);
  });

  it('admin.requeue: requeues once for ten concurrent requests', async () => {
    const order = await dead();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.operate(`/messages/${order.messageId}/requeue`, {})),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    expect((await readMessage(order))?.history).toHaveLength(2);
  });
});

describe('POST /messages/:id/discard', () => {
  it('makes a DEAD message DISCARDED and its order CANCELLING, with a cancellation message', async () => {
    const order = await dead();
    const answer = await service.operate(`/messages/${order.messageId}/discard`, { reason: 'never mind' });
    expect([answer.status, answer.body.status]).toEqual([200, 'DISCARDED']);
    const { orders, messages } = await db.snapshot();
    expect(orders).toMatchObject([{ id: order.id, status: 'CANCELLING' }]);
    expect(messages).toMatchObject([
      { id: order.messageId, status: 'DISCARDED' },
      {
        type: ORDER_CANCELLED,
        key: order.id,
        status: 'PENDING',
        payload: { orderId: order.id, reason: 'never mind' },
      },
    ]);
    expect(messages[0]?.history.at(-1)).toMatchObject({
      event: 'discarded',
      by: 'operator',
      reason: 'never mind',
    });
  });

  it('does not change an order that a client is already cancelling', async () => {
    const order = await dead();
    await service.cancel(order.id);
    const before = await db.snapshot();
    expect((await service.operate(`/messages/${order.messageId}/discard`, { reason })).status).toBe(200);
    const { orders, messages } = await db.snapshot();
    expect(orders).toEqual(before.orders);
    expect(messages.map(({ type, status }) => [type, status])).toEqual([
      ['order.placed.v1', 'DISCARDED'],
      [ORDER_CANCELLED, 'PENDING'],
    ]);
  });

  it('cancels the order once when an operator discards its placement while the client cancels', async () => {
    const orders = await Promise.all(Array.from({ length: 10 }, () => dead()));
    await Promise.all(
      orders.flatMap(({ id, messageId }) => [
        service.cancel(id),
        service.operate(`/messages/${messageId}/discard`, { reason }),
      ]),
    );
    const after = await db.snapshot();
    expect(new Set(after.orders.map(({ status }) => status))).toEqual(new Set(['CANCELLING']));
    expect(after.messages.filter(({ type }) => type === ORDER_CANCELLED)).toHaveLength(10);
  });

  it('discards nothing when cancelling the order fails', async () => {
    const order = await dead();
    const before = await db.snapshot();
    await db.injectFailure('orders', 'UPDATE', 'statement');
    expect((await service.operate(`/messages/${order.messageId}/discard`, { reason })).status).toBe(500);
    expect((await service.operate('/messages/discard', { filter: {}, reason })).status).toBe(500);
    expect(await db.snapshot()).toEqual(before);
  });

  it('refuses to discard a cancellation, because its order would stay CANCELLING', async () => {
    const order = await dead();
    await db.admin.query('UPDATE outbox_messages SET type = $1', [ORDER_CANCELLED]);
    const before = await db.snapshot();
    const answer = await service.operate(`/messages/${order.messageId}/discard`, { reason });
    expect([answer.status, answer.body.detail]).toEqual([409, expect.stringMatching(/Requeue it instead/)]);
    const bulk = await service.operate('/messages/discard', { filter: {}, reason });
    expect(bulk.body).toMatchObject({
      matched: 1,
      changed: 0,
      refused: 1,
      dryRun: false,
      items: [],
      more: false,
    });
    expect(await db.snapshot()).toEqual(before);
    expect((await service.operate(`/messages/${order.messageId}/requeue`, {})).status).toBe(200);
  });

  it('answers a late result with duplicate, and changes nothing', async () => {
    const order = await dead();
    await service.operate(`/messages/${order.messageId}/discard`, { reason });
    const before = await db.snapshot();
    expect(await report(order, 'SUCCEEDED')).toBe('duplicate');
    expect(await db.snapshot()).toEqual(before);
  });

  it('admin.requeue: answers 409 for a message that was requeued or discarded before', async () => {
    const [requeued, discarded] = [await dead(), await dead()];
    await service.operate(`/messages/${requeued.messageId}/requeue`, {});
    await service.operate(`/messages/${discarded.messageId}/discard`, { reason });
    for (const { messageId } of [requeued, discarded])
      expect((await service.operate(`/messages/${messageId}/discard`, { reason })).status).toBe(409);
  });
});

describe('X-Operator', () => {
  const requeueBy = async (name: string) => {
    const { messageId } = await dead();
    const answer = await service.operate(`/messages/${messageId}/requeue`, {}, { 'x-operator': name });
    return answer.status === 200 ? answer.body.history.at(-1)?.by : [answer.status, ...toPaths(answer)];
  };
  const asSent = (name: string) => Buffer.from(name, 'utf8').toString('latin1');

  it('is recorded in any script', async () => {
    expect(await requeueBy(asSent('Zoë 王'))).toBe('Zoë 王');
    expect(await requeueBy('x'.repeat(100))).toBe('x'.repeat(100));
  });

  it('is rejected when it is empty, too long, or not text', async () => {
    const refused = [400, 'x-operator'];
    expect(await requeueBy('')).toEqual(refused);
    expect(await requeueBy('x'.repeat(101))).toEqual(refused);
    expect(await requeueBy('a\tb')).toEqual(refused);
    expect(await requeueBy(asSent('a\u0085b'))).toEqual(refused);
    expect(await requeueBy('caf\u00e9')).toEqual(refused);
  });
});
