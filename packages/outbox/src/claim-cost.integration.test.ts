import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimStatement, LONGEST_RUN, RELAY_SESSION_SETTINGS } from './claim-batch.js';
import { BEGINNING, type ClaimStart, createClaimScan } from './claim-scan.js';
import { completeMessages } from './complete-messages.js';
import {
  claimMessages,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
  someTimes,
} from './order-database.fixture.js';
import { markPublished } from './record-outcomes.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
  // The tests decide when statistics are gathered.
  await db.admin.query('ALTER TABLE outbox_messages SET (autovacuum_enabled = off)');
});
afterAll(() => db.close());

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

interface Cost {
  readonly rows: number;
  /** Pages read, whether cached or not. */
  readonly buffers: number;
  /** Pages read to find the due messages. Included in `buffers`. */
  readonly findingBuffers: number;
  readonly scans: string[];
  /** How often each step that locks rows was executed. */
  readonly lockingRuns: number[];
  readonly lockedRows: number;
}

const flattenPlan = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flattenPlan)];

/**
 * Claims up to 500 messages like a relay, with the generic plan, rolls back and returns the cost.
 */
async function explainClaim(start: ClaimStart = { ...BEGINNING, newFirst: true }): Promise<Cost> {
  const options = Object.entries({ ...RELAY_SESSION_SETTINGS, plan_cache_mode: 'force_generic_plan' });
  const client = new pg.Client({
    connectionString: db.urls.relay,
    options: options.map(([name, value]) => `-c ${name}=${value}`).join(' '),
  });
  await client.connect();
  try {
    await client.query(
      `PREPARE claim (uuid, float8, bigint, timestamptz, text[]) AS ${claimStatement(500, start.newFirst)}`,
    );
    await client.query('BEGIN');
    const values = `'${randomUUID()}', 60, ${start.seq}, '${start.dueAt.toISOString()}', '{order-events}'`;
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE claim (${values})`);
    await client.query('ROLLBACK');
    const plan: PlanNode = rows[0]['QUERY PLAN'][0].Plan;
    const nodes = flattenPlan(plan);
    const scans = nodes
      .filter((node) => node['Node Type'].endsWith('Scan') && node['Relation Name'] === 'outbox_messages')
      .map((node) => `${node['Node Type']} ${node['Index Name'] ?? ''}`.trim());
    const locking = nodes.filter((node) => node['Node Type'] === 'LockRows');
    const pages = (node?: PlanNode) =>
      node === undefined ? 0 : node['Shared Hit Blocks'] + node['Shared Read Blocks'];
    const [claimed] = nodes.filter((node) => node['CTE Name'] === 'claimed');

    return {
      rows: claimed?.['Actual Rows'] ?? 0,
      buffers: pages(plan),
      findingBuffers: pages(nodes.find((node) => node['Subplan Name'] === 'CTE heads')),
      scans,
      lockingRuns: locking.map((node) => node['Actual Loops']),
      lockedRows: locking.reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0),
    };
  } finally {
    await client.end();
  }
}

async function insert(status: 'PENDING' | 'COMPLETED', count: number, dueForMinutes = 0): Promise<void> {
  await db.admin.query(
    `INSERT INTO outbox_messages
      (id, topic, key, type, payload, status, attempts, available_at, published_at, completed_at)
    SELECT uuidv7(), 'order-events', uuidv7()::text, 'order.placed.v1', '{"orderId": "1"}', $1,
      CASE $1 WHEN 'PENDING' THEN 0 ELSE 1 END, now() - $3::int * interval '1 minute',
      CASE $1 WHEN 'COMPLETED' THEN now() END, CASE $1 WHEN 'COMPLETED' THEN now() END
    FROM generate_series(1, $2::int)`,
    [status, count, dueForMinutes],
  );
}

const enqueueMessages = (count: number) => db.write(someMessages(count));

// Measured: one claim reads 2,837 pages without finished messages. With a million finished messages
// it reads 2,878 before ANALYZE and 3,416 after it. About half of the pages are read to find the due
// messages and the rest to update 500 rows.
describe('shipped bug 12: the claim becomes slower with every finished message', () => {
  it('costs the same with a million finished messages and an idle transaction', async () => {
    const idle = await db.admin.connect();
    try {
      await insert('PENDING', 10_000);
      const withoutStatistics = await explainClaim();

      await db.admin.query('TRUNCATE outbox_messages');
      await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await idle.query('SELECT count(*) FROM outbox_messages');
      await insert('COMPLETED', 1_000_000);
      await db.admin.query('ANALYZE outbox_messages');
      await insert('PENDING', 10_000);
      const withStaleStatistics = await explainClaim();

      // Insert rows that have never been claimed. While the idle snapshot prevents pruning, a
      // second update in the same page would not be heap-only.
      await insert('PENDING', 10_000, 60);
      await db.admin.query('ANALYZE outbox_messages');
      const withStatistics = await explainClaim();

      for (const cost of [withoutStatistics, withStaleStatistics, withStatistics]) {
        expect(cost.rows).toBe(500);
        expect(cost.scans).toEqual([
          'Index Scan outbox_due_idx',
          'Index Scan outbox_due_idx',
          'Index Only Scan outbox_key_head_idx',
          'Index Scan outbox_due_idx',
          'Index Scan outbox_due_idx',
          'Index Only Scan outbox_key_head_idx',
          'Index Scan outbox_key_head_idx',
          'Index Scan outbox_messages_pkey',
          'Index Scan outbox_messages_pkey',
        ]);
        // Inside the update's plan, the locking step might run once per row and lock rows that are
        // not claimed.
        expect(cost).toMatchObject({ lockingRuns: [1, 1, 0], lockedRows: 500 });
        expect(cost.buffers).toBeLessThan(5_000);
        expect(cost.buffers).toBeLessThan(withoutStatistics.buffers * 1.5);
      }
    } finally {
      await idle.query('ROLLBACK');
      idle.release();
    }
  }, 180_000);
});

describe('thousands of messages of one key', () => {
  it.each(['new', 'timed'])('wait without making each claim look up each %s one', async (kind) => {
    await db.admin.query('TRUNCATE outbox_messages');
    await db.write(someMessages(5_000, { key: randomUUID() }));
    if (kind === 'timed') await db.admin.query('UPDATE outbox_messages SET available_at = now()');
    const { rows, buffers } = await explainClaim();
    // 15,700 pages if each message were looked up.
    expect({ rows, isCheap: buffers < 5_000 }).toEqual({ rows: LONGEST_RUN, isCheap: true });
  });
});

describe('snapshot: a transaction holds an old snapshot while messages pass through their states', () => {
  const MESSAGES = 40_000;
  const BATCH = 500;

  it('snapshot: a claim reads only the messages of the last half second', async () => {
    await db.admin.query('TRUNCATE outbox_messages RESTART IDENTITY');
    const idle = await db.admin.connect();
    try {
      await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await idle.query('SELECT count(*) FROM outbox_messages');
      await enqueueMessages(BATCH);
      const empty = await explainClaim({ ...BEGINNING, newFirst: false });
      let now = 0;
      const scan = createClaimScan({ monotonicNow: () => now, completeEveryMs: Number.POSITIVE_INFINITY });
      for (let passed = 0; passed < MESSAGES; passed += BATCH) {
        const token = randomUUID();
        const options = { batchSize: BATCH, leaseSeconds: 60, token };
        const messages = await claimMessages(db.relay, { ...options, scan });
        expect(messages).toHaveLength(BATCH);
        await markPublished(
          db.relay,
          token,
          someTimes,
          messages.map(({ id }) => ({ id, attempt: 1, delayMs: 1 })),
        );
        await db.order.$transaction((tx) =>
          completeMessages(
            tx,
            messages.map(({ id, key }) => ({ messageId: id, key, outcome: 'SUCCEEDED', processedAt: '' })),
          ),
        );
        await enqueueMessages(BATCH);
        // Simulates a second between batches.
        now += 1_000;
      }

      // Timed messages come first, so that the claim reads both kinds.
      const bounded = await scan.claim(async (start) => ({
        reached: { seq: null, dueAt: null },
        ...(await explainClaim({ ...start, newFirst: false })),
      }));
      const complete = await explainClaim({ ...BEGINNING, newFirst: false });
      expect(bounded.rows).toBe(BATCH);
      expect(complete.rows).toBe(BATCH);
      // A complete claim reads the dead entries of all messages.
      expect(complete.findingBuffers).toBeGreaterThan(10 * empty.findingBuffers);
      expect(bounded.findingBuffers).toBeLessThan(4 * empty.findingBuffers);
    } finally {
      await idle.query('ROLLBACK');
      idle.release();
    }
  }, 180_000);
});
