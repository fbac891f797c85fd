import { randomUUID } from 'node:crypto';
import { countBuffers } from '@lmt/postgres/count-buffers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consumeOnce } from './consume-once.js';
import { createInboxDatabase, type InboxDatabase } from './inbox-database.fixture.js';

const BATCH = 500;
const MESSAGES = 40_000;
/** Twice as many rows may make the index one level deeper, which adds a page for each lookup. */
const LIMIT = 1.25;

let db: InboxDatabase;
beforeAll(async () => {
  db = await createInboxDatabase();
  await db.admin.query('ALTER TABLE inbox_messages SET (autovacuum_enabled = off)');
});
afterAll(() => db.close());

/** Consumes batches. The pages read per batch, new or redelivered, may not grow in the second half. */
async function consumeAll(): Promise<void> {
  const consumer = db.connect();
  const consume = (messages: readonly { id: string; type: string; key: string }[]) =>
    countBuffers(db.admin, consumer, () =>
      consumer.$transaction((tx) =>
        consumeOnce(tx, messages, async (fresh) => fresh.map(() => ({ outcome: 'SUCCEEDED' }))),
      ),
    );
  const costs: { readonly fresh: number; readonly redelivered: number }[] = [];
  while (costs.length < MESSAGES / BATCH) {
    const messages = Array.from({ length: BATCH }, () => ({
      id: randomUUID(),
      type: 'order.placed.v1',
      key: randomUUID(),
    }));
    costs.push({ fresh: await consume(messages), redelivered: await consume(messages) });
  }
  expect((await db.inbox()).size).toBe(MESSAGES);
  const [half, last] = [costs[costs.length / 2], costs.at(-1)];
  for (const kind of ['fresh', 'redelivered'] as const)
    expect((last?.[kind] ?? 0) / (half?.[kind] ?? 0), kind).toBeLessThan(LIMIT);
}

// The snapshot makes the test both strict and repeatable. Without one, Postgres removes dead row
// versions only while no transaction is open in any database of the server.
it('snapshot: consumed messages do not make a batch more expensive while a snapshot is held', async () => {
  const idle = await db.admin.connect();
  try {
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await idle.query('SELECT count(*) FROM inbox_messages');
    await consumeAll();
  } finally {
    await idle.query('ROLLBACK');
    idle.release();
  }
}, 180_000);
