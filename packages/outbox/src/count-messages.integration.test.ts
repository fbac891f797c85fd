import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countBacklog, countMessages } from './count-messages.js';
import { createOutboxDatabase, type OutboxDatabase, someMessages } from './order-database.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
afterAll(() => db.close());

describe('counting messages', () => {
  it('returns every status and no age for an empty table', async () => {
    const counts = { PENDING: 0, PUBLISHED: 0, COMPLETED: 0, DEAD: 0, DISCARDED: 0 };
    expect(await countMessages(db.order)).toEqual({ counts, oldestUnfinishedSeconds: null });
    expect(await countBacklog(db.relay)).toEqual({ pending: 0, published: 0, oldestSeconds: null, dead: 0 });
  });

  it('counts by status and returns the age of the oldest unfinished message', async () => {
    await db.write(someMessages(6));
    const set = (seq: number, assignment: string) =>
      db.admin.query(`UPDATE outbox_messages SET ${assignment} WHERE seq = $1`, [seq]);
    await set(1, `status = 'COMPLETED', completed_at = now(), created_at = now() - interval '9 hours'`);
    await set(2, `status = 'DEAD', created_at = now() - interval '9 hours'`);
    await set(3, `status = 'PUBLISHED', created_at = now() - interval '1 hour'`);

    const { counts, oldestUnfinishedSeconds } = await countMessages(db.order);
    expect(counts).toEqual({ PENDING: 3, PUBLISHED: 1, COMPLETED: 1, DEAD: 1, DISCARDED: 0 });
    expect(Math.round((oldestUnfinishedSeconds ?? 0) / 60)).toBe(60);
    const backlog = await countBacklog(db.relay);
    expect(backlog).toMatchObject({ pending: 3, published: 1, dead: 1 });
    expect(Math.round((backlog.oldestSeconds ?? 0) / 60)).toBe(60);
  });
});
