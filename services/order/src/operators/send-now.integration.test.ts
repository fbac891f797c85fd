import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type ServedOrders, serveOrders } from '../served-orders.fixture.js';
import { placeDead, placeOne } from './placed-orders.fixture.js';

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

const placed = async () => (await placeOne(service)).messageId;
const dead = async () => (await placeDead(service)).messageId;
/** Places an order whose published message waits for its result. */
async function waiting(seconds = 3_600): Promise<string> {
  const id = await placed();
  await db.admin.query(
    `UPDATE outbox_messages SET status = 'PUBLISHED', attempts = 3, failures = 2,
       available_at = now() + $2 * interval '1 second' WHERE id = $1`,
    [id, seconds],
  );
  return id;
}
const readRow = async (id: string) => {
  const { rows } = await db.admin.query(
    'SELECT *, available_at <= now() AS due FROM outbox_messages WHERE id = $1',
    [id],
  );
  return rows[0];
};
const readActions = async (query = '') => (await service.operate(`/operator-actions${query}`)).body.items;
const by = (name: string) => ({ 'x-operator': name });
const reason = 'repaired';

describe('POST /messages/:id/send-now', () => {
  const sendNow = (id: string, body: object = {}) =>
    service.operate(`/messages/${id}/send-now`, body, by('ada'));

  it('db-clock: makes a waiting message due, records the operator, and keeps its attempts', async () => {
    const id = await waiting();
    const answer = await sendNow(id, { reason });
    expect([answer.status, answer.body.status]).toEqual([200, 'PUBLISHED']);
    expect(await readRow(id)).toMatchObject({ status: 'PUBLISHED', due: true, failures: 0, attempts: 3 });
    expect(answer.body.history.at(-1)).toMatchObject({ event: 'sent-now', by: 'ada', reason });
    expect(await readActions()).toMatchObject([{ action: 'send-now', actor: 'ada', messageId: id, reason }]);
  });

  it('answers 409 with the alternative, and changes no message', async () => {
    const [due, died, done, unknown] = [await placed(), await dead(), await waiting(), randomUUID()];
    await db.admin.query(
      `UPDATE outbox_messages SET status = 'COMPLETED', completed_at = now() WHERE id = $1`,
      [done],
    );
    const before = await db.snapshot();
    const details = [];
    for (const id of [due, died, done, unknown]) {
      const { status, body } = await sendNow(id);
      details.push(`${status} ${body.detail.replace(id, 'ID')}`);
    }
    expect(details).toEqual([
      '409 ID is already due, so the relay sends it as soon as it can.',
      '409 ID is DEAD: requeue it instead.',
      '409 ID is COMPLETED: only a PENDING or PUBLISHED message can be sent now.',
      '404 There is no message ID.',
    ]);
    expect(await db.snapshot()).toEqual(before);
  });
});

describe('POST /messages/send-now', () => {
  it('makes matching waiting messages due, in the order of their due times', async () => {
    const [late, early, due] = [await waiting(200), await waiting(100), await placed()];
    const before = await readRow(due);
    const body = { filter: {}, reason, limit: 1 };
    const dry = await service.operate('/messages/send-now', { ...body, dryRun: true });
    expect(dry.body).toMatchObject({ matched: 2, changed: 0, more: true, items: [{ id: early }] });
    const first = await service.operate('/messages/send-now', body);
    expect(first.body).toMatchObject({ matched: 2, changed: 1, more: true, items: [{ id: early }] });
    const next = { ...body, cursor: first.body.nextCursor };
    const second = await service.operate('/messages/send-now', next);
    expect(second.body).toMatchObject({ matched: 1, changed: 1, more: false, nextCursor: null });
    expect(await readRow(late)).toMatchObject({ due: true });
    expect(await readRow(due)).toEqual(before);
  });

  it('matches by key, and answers 400 for a cursor of another filter', async () => {
    const [one] = [await waiting(), await waiting()];
    const { key } = await readRow(one);
    const body = { filter: { key }, reason };
    const cursor = randomUUID();
    const wrong = await service.operate('/messages/send-now', { ...body, cursor });
    expect([wrong.status, wrong.body.errors[0]?.path]).toEqual([400, 'cursor']);
    const invented = { ...body, filter: {}, cursor: '9999-99-99T99:99:99Z_1' };
    const unreadable = await service.operate('/messages/send-now', invented);
    expect([unreadable.status, unreadable.body.errors[0]?.path]).toEqual([400, 'cursor']);
    expect((await service.operate('/messages/send-now', body)).body).toMatchObject({
      changed: 1,
      items: [{ id: one }],
    });
  });
});
