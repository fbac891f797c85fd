import { countBuffers } from '@lmt/postgres/count-buffers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { createPurge } from './purge-finished.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
beforeEach(() => db.empty());
afterAll(() => db.close());

const HOUR = 3_600;

/** Creates the purge of a newly started relay. */
const startPurge = (retentionSeconds: number, monotonicNow = () => 0) =>
  createPurge({ sql: db.relay, retentionSeconds, monotonicNow });

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
  const purge = startPurge(HOUR);
  for (;;) {
    const count = await purge();
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
    expect(await startPurge(HOUR)()).toBe(1_000);
    const purge = startPurge(8 * HOUR);
    expect(await purge()).toBe(500);
    expect(await purge()).toBe(0);
    expect(await purgeAll()).toEqual([1_000]);
  });

  it('reads only the rows to delete, although the statistics describe an almost empty table', async () => {
    await db.admin.query('ALTER TABLE outbox_messages SET (autovacuum_enabled = off)');
    await insert('COMPLETED', 20_000, 2);
    await db.admin.query('DELETE FROM outbox_messages WHERE seq < 20_000');
    await db.admin.query('VACUUM ANALYZE outbox_messages');
    await insert('COMPLETED', 20_000, 2);
    const purge = startPurge(HOUR);
    const pages = await countBuffers(db.admin, db.relay, purge);
    await db.admin.query('ALTER TABLE outbox_messages RESET (autovacuum_enabled)');
    // 4,200 pages, or 23,000 if it reads the whole primary key.
    expect(pages).toBeLessThan(8_000);
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
    expect(await startPurge(0)()).toBe(6);
    expect(await db.statuses()).toEqual({ DEAD: 3, PUBLISHED: 3 });
  });
});

describe('delete-unfinished: a relay with a stolen login or a wrong statement', () => {
  it('delete-unfinished: the relay can purge finished messages but cannot delete messages', async () => {
    await insert('PENDING', 2, 10_000);
    await insert('COMPLETED', 3, 10_000);
    for (const where of [`status = 'PENDING'`, 'true']) {
      await expect(db.relay.$executeRawUnsafe(`DELETE FROM outbox_messages WHERE ${where}`)).rejects.toThrow(
        'permission denied',
      );
    }
    // A negative retention reaches into the future, but the purge still deletes only finished
    // messages.
    expect(await startPurge(-HOUR)()).toBe(3);
    expect(await db.statuses()).toEqual({ PENDING: 2 });
  });

  it('delete-unfinished: the order service and the auditor cannot purge', async () => {
    await expect(
      db.order.$queryRawUnsafe(`SELECT * FROM purge_finished_messages('0', '-infinity')`),
    ).rejects.toThrow('permission denied');
  });

  it('delete-unfinished: objects that the caller puts into its search path change nothing', async () => {
    await db.admin.query(`
      CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO lmt_relay;
      CREATE TABLE trap.outbox_messages (LIKE outbox_messages);
      GRANT ALL ON trap.outbox_messages TO lmt_relay`);
    await insert('COMPLETED', 3, 2);
    const relay = db.connectRelay({ search_path: 'trap,public' });
    expect(await createPurge({ sql: relay, retentionSeconds: HOUR, monotonicNow: () => 0 })()).toBe(3);
    expect(await db.statuses()).toEqual({});
  });
});

describe('snapshot: the index still has entries of deleted rows', () => {
  it('snapshot: the purge resumes at the last deleted row, and starts over every minute', async () => {
    let now = 0;
    const purge = startPurge(HOUR, () => now);
    await insert('COMPLETED', 1_000, 2);
    expect(await purge()).toBe(1_000);
    await insert('COMPLETED', 5, 9);
    expect(await purge()).toBe(0);
    now += 60_000;
    expect(await purge()).toBe(5);
  });
});
