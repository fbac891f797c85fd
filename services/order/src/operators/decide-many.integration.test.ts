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

const placed = () => placeOne(service);
const dead = (reason?: string) => placeDead(service, reason);
const toIds = (items: readonly { id: string }[]) => items.map(({ id }) => id);
const toPaths = ({ body }: Answer) => body.errors.map(({ path }) => path);
const reason = 'repaired';

describe.each(['requeue', 'discard'] as const)('POST /messages/%s', (verb) => {
  const status = verb === 'requeue' ? 'PENDING' : 'DISCARDED';

  it('changes the oldest matching dead letters, up to the limit, and reports whether more match', async () => {
    const orders = [
      await dead('timeout'),
      await dead('timeout'),
      await dead('broken'),
      await dead('timeout'),
    ];
    await placed();
    const body = { filter: { error: 'timeout' }, reason, limit: 2 };
    const first = await service.operate(`/messages/${verb}`, body, { 'x-operator': 'ada' });
    expect([first.status, first.body]).toEqual([
      200,
      {
        matched: 3,
        changed: 2,
        refused: 0,
        dryRun: false,
        more: true,
        complete: true,
        nextCursor: orders[1]?.messageId,
        items: orders.slice(0, 2).map(({ id, messageId }) => ({
          id: messageId,
          key: id,
          type: 'order.placed.v1',
          lastError: 'timeout',
        })),
      },
    ]);
    const second = await service.operate(`/messages/${verb}`, body);
    expect(second.body).toMatchObject({ matched: 1, changed: 1, more: false });
    const { messages } = await db.snapshot();
    const placements = messages.filter(({ type }) => type === 'order.placed.v1');
    expect(placements.map((message) => message.status)).toEqual([status, status, 'DEAD', status, 'PENDING']);
    expect(messages[0]?.history.at(-1)).toMatchObject({ by: 'ada', reason });
    expect((await service.operate(`/messages/${verb}`, body)).body).toMatchObject({ matched: 0, changed: 0 });
  });

  it('changes nothing in a dry run, but returns the same messages', async () => {
    for (let count = 0; count < 3; count++) await dead();
    const before = await db.snapshot();
    const dry = await service.operate(`/messages/${verb}`, { filter: {}, dryRun: true, limit: 2 });
    expect(dry.body).toMatchObject({ matched: 3, changed: 0, dryRun: true, more: true });
    expect(await db.snapshot()).toEqual(before);
    const done = await service.operate(`/messages/${verb}`, { filter: {}, reason, limit: 2 });
    expect(toIds(done.body.items)).toEqual(toIds(dry.body.items));
  });

  it('changes at most 1,000 messages, even without a limit', async () => {
    await db.admin.query(`
      INSERT INTO orders (id, customer_id, message_id)
        SELECT gen_random_uuid(), 'c', gen_random_uuid() FROM generate_series(1, 1001) n;
      INSERT INTO outbox_messages (id, topic, key, type, payload, status, last_error)
        SELECT message_id, 'order-events', id, 'order.placed.v1', '{}', 'DEAD', 'broken' FROM orders`);
    const answer = await service.operate(`/messages/${verb}`, { filter: {}, reason });
    expect(answer.body).toMatchObject({ matched: 1_001, changed: 1_000, more: true });
    expect(answer.body.items).toHaveLength(1_000);
    expect((await service.operate(`/messages/${verb}`, { filter: {}, reason })).body).toMatchObject({
      changed: 1,
      more: false,
    });
  });

  it('answers 400 without a filter, naming the field, and changes nothing', async () => {
    await dead();
    const before = await db.snapshot();
    const answer = await service.operate(`/messages/${verb}`, { reason });
    expect([answer.status, toPaths(answer)]).toEqual([400, ['filter']]);
    expect(await db.snapshot()).toEqual(before);
  });

  it('rejects another method, and a request without the token', async () => {
    for (const path of [`/messages/${verb}`, `/messages/${randomUUID()}/${verb}`]) {
      expect([(await service.operate(path)).status, path]).toEqual([405, path]);
      const body = { filter: {}, reason };
      const answer = await service.operate(path, body, { authorization: 'Bearer x' });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
  });
});
