import { randomUUID } from 'node:crypto';
import { countBuffers } from '@lmt/postgres/count-buffers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClaimScan } from './claim-scan.js';
import { completeMessages } from './complete-messages.js';
import { enqueueMany } from './enqueue.js';
import {
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  someTimes,
} from './order-database.fixture.js';
import { createPurge, PURGE_BATCH } from './purge-finished.js';
import { markPublished } from './record-outcomes.js';
import type { Sql } from './sql.js';

const BATCH = 500;
const MESSAGES = 40_000;
/** Twice as many rows may make an index one level deeper, which adds a page for each lookup. */
const LIMIT = 1.25;

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
  // The tests decide when dead rows are removed.
  await db.admin.query('ALTER TABLE outbox_messages SET (autovacuum_enabled = off)');
});
afterAll(() => db.close());

/** The pages that each step reads per message. */
interface Costs {
  readonly write: number;
  readonly claim: number;
  readonly mark: number;
  readonly complete: number;
}

/** Returns a function that passes a batch of messages through all states. */
function createPasses() {
  let nowMs = 0;
  const scan = createClaimScan({ monotonicNow: () => nowMs, completeEveryMs: Number.POSITIVE_INFINITY });

  return async function pass(): Promise<Costs> {
    const perMessage = async (session: Sql, work: () => Promise<unknown>) =>
      (await countBuffers(db.admin, session, work)) / BATCH;
    const token = randomUUID();
    let claimed: Awaited<ReturnType<typeof claimMessages>> = [];
    const costs = {
      write: await perMessage(db.order, () =>
        db.order.$transaction((tx) => enqueueMany(tx, someMessages(BATCH))),
      ),
      claim: await perMessage(db.relay, async () => {
        claimed = await claimMessages(db.relay, { batchSize: BATCH, leaseSeconds: 60, token, scan });
      }),
      mark: await perMessage(db.relay, () => {
        // Their index entries are soon in the range of the messages that are due.
        const publications = claimed.map(({ id }) => ({ id, attempt: 1, delayMs: 1 }));
        return markPublished(db.relay, token, someTimes, publications);
      }),
      complete: await perMessage(db.order, () => {
        const results = claimed.map(({ id, key }) => {
          return { messageId: id, key, outcome: 'SUCCEEDED' as const, processedAt: '' };
        });
        return db.order.$transaction((tx) => completeMessages(tx, results));
      }),
    };
    expect(claimed).toHaveLength(BATCH);
    // Simulates a second between batches.
    nowMs += 1_000;
    return costs;
  };
}

/** Passes all messages through their states. The last quarter may not cost more than the second. */
async function passAll(): Promise<void> {
  const pass = createPasses();
  const costs: Costs[] = [];
  while (costs.length < MESSAGES / BATCH) costs.push(await pass());
  expect(await db.statuses()).toEqual({ COMPLETED: MESSAGES });
  // Sums, because single claims vary on a busy machine.
  const sum = (from: number, step: keyof Costs) =>
    costs.slice(from, from + costs.length / 4).reduce((total, batch) => total + batch[step], 0);
  for (const step of ['write', 'claim', 'mark', 'complete'] as const)
    expect(sum((costs.length * 3) / 4, step) / sum(costs.length / 4, step), step).toBeLessThan(LIMIT);
}

/** Purges all messages. The last purge may not cost more than the second. */
async function purgeAll(): Promise<void> {
  const purge = createPurge({ sql: db.relay, retentionSeconds: 0, monotonicNow: () => 0 });
  const costs: number[] = [];
  for (let left = MESSAGES; left > 0; left -= PURGE_BATCH) {
    let purged = 0;
    const buffers = await countBuffers(db.admin, db.relay, async () => {
      purged = await purge();
    });
    expect(purged).toBe(PURGE_BATCH);
    costs.push(buffers);
  }
  expect((costs.at(-1) ?? 0) / (costs[1] ?? 0)).toBeLessThan(LIMIT);
}

// The snapshot makes the test both strict and repeatable. Without one, Postgres removes dead index
// entries only while no transaction is open in any database of the server.
it('snapshot: passing through all states does not make the steps more expensive', async () => {
  const idle = await db.admin.connect();
  try {
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await idle.query('SELECT count(*) FROM outbox_messages');
    await passAll();
    await purgeAll();
  } finally {
    await idle.query('ROLLBACK');
    idle.release();
  }
}, 180_000);
