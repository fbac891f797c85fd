import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type Answer, type ServedOrders, serveOrders } from '../served-orders.fixture.js';

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

/** Places an order and returns the id of its message. */
async function placed(): Promise<string> {
  const { body } = await service.place({ customerId: 'ada', items: [{ sku: 'KEYBOARD', quantity: 1 }] });
  return body.messageId;
}
async function dead(): Promise<string> {
  const id = await placed();
  await db.admin.query(`UPDATE outbox_messages SET status = 'DEAD', last_error = 'gave up' WHERE id = $1`, [
    id,
  ]);
  return id;
}
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
const withKey = (key: string, name = 'ada') => ({ ...by(name), 'idempotency-key': key });
const reason = 'repaired';
const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed');

describe('decisions of operators', () => {
  it('decisions-purged: operator, time and reason of a decision remain when the message is purged', async () => {
    const [requeued, discarded] = [await dead(), await dead()];
    await service.operate(`/messages/${requeued}/requeue`, { reason }, by('ada'));
    await service.operate(`/messages/${discarded}/discard`, { reason: 'never mind' }, by('bob'));
    await db.admin.query('DELETE FROM outbox_messages WHERE id = ANY($1)', [[requeued, discarded]]);

    expect(await readActions()).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        at: expect.stringMatching(/^\d{4}-/),
        actor: 'bob',
        action: 'discard',
        messageId: discarded,
        messageKey: expect.any(String),
        messageType: 'order.placed.v1',
        reason: 'never mind',
      },
      expect.objectContaining({ actor: 'ada', action: 'requeue', messageId: requeued, reason }),
    ]);
    expect(await readActions(`?messageId=${requeued}`)).toMatchObject([{ actor: 'ada' }]);
    expect(await readActions('?actor=bob')).toMatchObject([{ messageId: discarded }]);
    const { status, body } = await service.operate(`/messages/${requeued}`);
    expect([status, body.detail]).toEqual([
      404,
      `There is no message ${requeued}. If it was purged, the operators' decisions on it remain: GET /operator-actions?messageId=${requeued}`,
    ]);
  });

  it('are recorded once for each message that changed, also in bulk, and listed in pages', async () => {
    const ids = [await dead(), await dead(), await dead()];
    await service.operate('/messages/requeue', { filter: {}, dryRun: true });
    expect(await readActions()).toEqual([]);
    await service.operate('/messages/requeue', { filter: {}, reason }, by('ada'));
    await service.operate(`/messages/${ids[0]}/requeue`, {}, by('ada'));
    const first = (await service.operate('/operator-actions?limit=2')).body;
    expect(first.items).toHaveLength(2);
    const second = (await service.operate(`/operator-actions?limit=2&cursor=${first.nextCursor}`)).body;
    expect([second.items.length, second.nextCursor]).toEqual([1, null]);
    const listed = [...first.items, ...second.items].map(({ messageId }) => messageId);
    expect(listed.sort()).toEqual(ids.sort());
  });

  it('cannot be changed or deleted by the order service or the relay', async () => {
    await service.operate(`/messages/${await dead()}/requeue`, {});
    for (const role of ['lmt_order_service', 'lmt_relay']) {
      for (const statement of [
        `UPDATE operator_actions SET actor = 'x'`,
        'DELETE FROM operator_actions',
        'TRUNCATE operator_actions',
      ]) {
        const refused = db.admin
          .query(`SET ROLE ${role}; ${statement}`)
          .finally(() => db.admin.query('RESET ROLE'));
        await expect(refused, `${role}: ${statement}`).rejects.toThrow('permission denied');
      }
    }
  });

  it('are recorded in the same transaction as the change', async () => {
    const id = await dead();
    await db.injectFailure('operator_actions', 'INSERT', 'statement');
    expect((await service.operate(`/messages/${id}/requeue`, {})).status).toBe(500);
    await db.withdrawFailure();
    expect((await readRow(id)).status).toBe('DEAD');
  });

  it.each(['messageId=1', 'actor=', 'cursor=x', 'limit=0', 'foo=1'])('answer 400 for %s', async (query) => {
    expect((await service.operate(`/operator-actions?${query}`)).status).toBe(400);
  });
});

describe('an Idempotency-Key', () => {
  it('gives a retry the first answer, although the message has changed since', async () => {
    const id = await dead();
    const request = () => service.operate(`/messages/${id}/requeue`, { reason }, withKey('k1'));
    const first = await request();
    await db.admin.query(`UPDATE outbox_messages SET status = 'COMPLETED', completed_at = now()`);
    const second = await request();
    expect([first.status, isReplay(first), second.status, isReplay(second)]).toEqual([
      200,
      null,
      200,
      'true',
    ]);
    expect(second.body).toEqual(first.body);
    expect(await readActions()).toHaveLength(1);
    await db.admin.query('DELETE FROM outbox_messages');
    expect((await request()).body).toEqual(first.body);
  });

  it('gives a bulk retry the first answer, also if no message matched', async () => {
    const request = () => service.operate('/messages/requeue', { filter: {}, reason }, withKey('k1'));
    const first = await request();
    expect(first.body).toMatchObject({ matched: 0, changed: 0 });
    const id = await dead();
    const second = await request();
    expect([second.body, isReplay(second)]).toEqual([first.body, 'true']);
    expect((await readRow(id)).status).toBe('DEAD');
    expect(await readActions()).toEqual([]);
  });

  it('is refused with 422 for another request of the same operator, and free for another operator', async () => {
    const [one, other] = [await dead(), await dead()];
    await service.operate(`/messages/${one}/requeue`, { reason }, withKey('k1'));
    const answers = [
      await service.operate(`/messages/${other}/requeue`, { reason }, withKey('k1')),
      await service.operate(`/messages/${one}/requeue`, { reason: 'x' }, withKey('k1')),
      await service.operate(`/messages/${one}/discard`, { reason }, withKey('k1')),
      await service.operate('/messages/requeue', { filter: {}, reason }, withKey('k1')),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    expect((await readRow(other)).status).toBe('DEAD');
    expect(
      (await service.operate(`/messages/${other}/requeue`, { reason }, withKey('k1', 'bob'))).status,
    ).toBe(200);
  });

  it('has one effect for ten concurrent requests', async () => {
    for (let count = 0; count < 5; count++) await dead();
    const body = { filter: {}, reason, limit: 2 };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => service.operate('/messages/requeue', body, withKey('k1'))),
    );
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(answers.filter((answer) => isReplay(answer) === 'true')).toHaveLength(9);
    expect(await readActions()).toHaveLength(2);
  });

  it('can be reused after a refused request', async () => {
    const id = await placed();
    const request = () => service.operate(`/messages/${id}/requeue`, {}, withKey('k1'));
    expect((await request()).status).toBe(409);
    await db.admin.query(`UPDATE outbox_messages SET status = 'DEAD'`);
    expect((await request()).status).toBe(200);
  });

  it.each(['', 'a b', 'x'.repeat(256)])('is rejected with 400 when it is %j', async (key) => {
    const answer = await service.operate(`/messages/${randomUUID()}/requeue`, {}, { 'idempotency-key': key });
    expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'idempotency-key']);
  });
});

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
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([400, 'cursor']);
    const invented = { ...body, filter: {}, cursor: '9999-99-99T99:99:99Z_1' };
    const unreadable = await service.operate('/messages/send-now', invented);
    expect([unreadable.status, unreadable.body.errors?.[0].path]).toEqual([400, 'cursor']);
    expect((await service.operate('/messages/send-now', body)).body).toMatchObject({
      changed: 1,
      items: [{ id: one }],
    });
  });
});

describe('a bulk decision', () => {
  it.each(['requeue', 'discard'])(
    'row-lock: %s skips a message that a forgotten session has locked',
    async (verb) => {
      const [locked, free] = [await dead(), await dead()];
      await db.whileOpen(`SELECT 1 FROM outbox_messages WHERE id = '${locked}' FOR UPDATE`, async () => {
        const answer = await service.operate(`/messages/${verb}`, { filter: {}, reason });
        expect(answer.body).toMatchObject({ matched: 2, changed: 1, items: [{ id: free }], more: true });
      });
    },
  );

  it('row-lock: discard skips a placement whose order a forgotten session has locked', async () => {
    const [locked, free] = [await dead(), await dead()];
    const { key } = await readRow(locked);
    await db.whileOpen(`SELECT 1 FROM orders WHERE id = '${key}' FOR UPDATE`, async () => {
      const answer = await service.operate('/messages/discard', { filter: {}, reason });
      expect(answer.body).toMatchObject({ changed: 1, items: [{ id: free }] });
    });
    expect((await readRow(locked)).status).toBe('DEAD');
  });
});
