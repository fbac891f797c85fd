import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { type Answer, type ServedOrders, serveOrders } from '../served-orders.fixture.js';
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
    expect([answer.status, answer.body.errors[0]?.path]).toEqual([400, 'idempotency-key']);
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
