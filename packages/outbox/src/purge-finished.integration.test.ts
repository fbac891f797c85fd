import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { purgeFinished } from './purge-finished.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const HOUR = 3_600;

/** Inserts messages that have had their status for `hours`. */
async function insert(status: string, count: number, hours: number): Promise<void> {
  await db.admin.query(
    `INSERT INTO outbox_messages (id, topic, key, type, payload, status, created_at, available_at, published_at, completed_at)
    SELECT gen_random_uuid(), 't', 'k' || n, 'x', '{}', $1, old, old, old,
      CASE WHEN $1 IN ('COMPLETED', 'DISCARDED') THEN old END
    FROM generate_series(1, $2::int) AS n, (SELECT now() - $3::int * interval '1 hour') AS t (old)`,
    [status, count, hours],
  );
}

async function purgeAll(): Promise<number[]> {
  const deleted: number[] = [];
  for (;;) {
    const count = await purgeFinished(db.relay, HOUR);
    if (count === 0) return deleted;
    deleted.push(count);
  }
}

describe('shipped bug 7: clean-up deletes unfinished rows, or deadlocks', () => {
  it('deletes only finished messages, however old the others are', async () => {
    for (const status of ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED']) {
      await insert(status, 3, 10_000);
    }
    await insert('COMPLETED', 2, 0);
    await insert('DISCARDED', 2, 0);
    expect(await purgeAll()).toEqual([6]);
    expect(await db.statuses()).toEqual({ PENDING: 3, PUBLISHED: 3, DEAD: 3, COMPLETED: 2, DISCARDED: 2 });
  });

  it('deletes a thousand at a time, oldest first', async () => {
    await insert('COMPLETED', 1_000, 2);
    await insert('COMPLETED', 1_500, 9);
    expect(await purgeFinished(db.relay, HOUR)).toBe(1_000);
    expect(await purgeFinished(db.relay, 8 * HOUR)).toBe(500);
    expect(await purgeFinished(db.relay, 8 * HOUR)).toBe(0);
    expect(await purgeAll()).toEqual([1_000]);
  });

  it('two concurrent purges neither wait, fail nor delete twice', async () => {
    await insert('COMPLETED', 6_000, 2);
    const deleted = (await Promise.all([purgeAll(), purgeAll()])).flat();
    const late = await purgeAll();
    expect([...deleted, ...late].reduce((sum, count) => sum + count, 0)).toBe(6_000);
    expect(await db.statuses()).toEqual({});
  });

  it('does not wait for a row that another transaction has locked', async () => {
    await insert('COMPLETED', 3, 2);
    const lock = 'SELECT 1 FROM outbox_messages ORDER BY seq LIMIT 1 FOR UPDATE';
    expect(await db.whileOpen(lock, purgeAll)).toEqual([2]);
    expect(await purgeAll()).toEqual([1]);
  });

  it('deletes finished messages at once if the retention is zero', async () => {
    await insert('COMPLETED', 3, 0);
    await insert('DISCARDED', 3, 0);
    await insert('DEAD', 3, 0);
    await insert('PUBLISHED', 3, 0);
    expect(await purgeFinished(db.relay, 0)).toBe(6);
    expect(await db.statuses()).toEqual({ DEAD: 3, PUBLISHED: 3 });
  });
});
