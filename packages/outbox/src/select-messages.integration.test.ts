import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDecisions, toIds } from './decisions.fixture.js';
import { listMessages } from './find-messages.js';
import type { NewMessage } from './message.js';
import type { MessageFilter } from './message-filter.js';
import { aMessage, createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { selectMessages } from './select-messages.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const { requeue, oneDead } = createDecisions(() => db);
const inOrder = (messages: readonly { id: string }[]) => toIds(messages).sort();

describe('a filter', () => {
  it('selects the oldest dead letters that match every condition, up to the limit', async () => {
    const started = new Date();
    const [a, b] = [
      await oneDead({ key: 'k1' }, 'timeout at 100%'),
      await oneDead({ key: 'k2' }, 'timeout at 1000'),
    ];
    const c = await oneDead({ key: 'k1', type: 'order.cancelled.v1' }, 'Timeout');
    const alive = aMessage({ key: 'k1' });
    await db.write([alive]);
    await db.admin.query(
      `UPDATE outbox_messages SET created_at = created_at - interval '1 day' WHERE id = $1`,
      [b.id],
    );
    const found = async (filter: MessageFilter) => {
      const { ids, matched } = await selectMessages(db.order, 'requeue', { filter, limit: 10 });
      // Messages of one key are in the order of writing, others in the order of their ids.
      if (filter.key === undefined) expect(ids).toEqual([...ids].sort());
      const { items } = await listMessages(db.order, { filter, status: 'DEAD', limit: 10 });
      expect(toIds(items)).toEqual([...ids].reverse());
      expect(matched).toBe(ids.length);
      return [...ids].sort();
    };
    const sorted = (...messages: NewMessage[]) => inOrder(messages);
    expect(await found({})).toEqual(sorted(a, b, c));
    expect(await found({ key: 'k1' })).toEqual(sorted(a, c));
    expect(await found({ type: 'order.cancelled.v1' })).toEqual([c.id]);
    expect(await found({ error: 'timeout' })).toEqual(sorted(a, b));
    expect(await found({ error: '100%' })).toEqual([a.id]);
    expect(await found({ error: '_' })).toEqual([]);
    expect(await found({ createdBefore: started })).toEqual([b.id]);
    expect(await found({ createdAfter: started })).toEqual(sorted(a, c));
    expect(await found({ createdAfter: started, key: 'k1', error: 'time' })).toEqual([a.id]);

    const exceptTypes = ['order.cancelled.v1'];
    expect(await selectMessages(db.order, 'discard', { filter: {}, limit: 9, exceptTypes })).toMatchObject({
      matched: 3,
      refused: 1,
      ids: sorted(a, b),
    });
    const [oldest = '', next = ''] = sorted(a, b, c);
    expect(toIds(await requeue({ filter: {}, limit: 2 }))).toEqual([oldest, next]);
    expect(await db.statuses()).toEqual({ DEAD: 1, PENDING: 3 });
  });
});
