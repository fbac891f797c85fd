import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { COUNT_SESSION_SETTINGS } from './count-messages.js';
import { MEASURE, measureSpeed } from './measure-speed.js';
import { createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
afterAll(() => db.close());

/**
 * Inserts finished messages, the n-th with the times that `columns` computes from `n` and `done`, the
 * time of its completion.
 */
const insert = (count: number, done: string, columns: Record<string, string>) =>
  db.admin.query(
    `INSERT INTO outbox_messages (id, topic, key, type, payload, attempts, completed_at, ${Object.keys(columns)})
    SELECT gen_random_uuid(), 't', 'k', 'x', '{}', 1, done, ${Object.values(columns)}
    FROM (SELECT n, ${done} AS done FROM generate_series(1, ${count}) AS n) AS messages`,
  );
const ms = (expression: string) => `(${expression}) * interval '1 millisecond'`;
const COMPLETED = { status: `'COMPLETED'`, created_at: `done - ${ms('1000')}` };
const DISCARDED = { ...COMPLETED, status: `'DISCARDED'` };

describe('measuring the speed', () => {
  beforeEach(() => db.empty());

  it('returns 60 empty buckets without messages', async () => {
    const { from, to, bucketSeconds, buckets, ...rest } = await measureSpeed(db.order, 5);
    expect(rest).toEqual({ stages: [], total: null, messages: 0 });
    expect(bucketSeconds).toBe(5);
    const starts = Array.from({ length: 60 }, (_, index) => new Date(from.getTime() + index * 5_000));
    const empty = { messages: 0, p50: null, p95: null, p99: null };
    expect(buckets).toEqual(starts.map((at) => ({ at, ...empty })));
    expect(from.getTime() % 5_000).toBe(0);
    const lastStart = starts.at(-1)?.getTime() ?? 0;
    expect(to.getTime()).toBeGreaterThanOrEqual(lastStart);
    expect(to.getTime()).toBeLessThan(lastStart + 5_000);
  });

  it('returns the percentiles of each stage and bucket', async () => {
    const { from } = await measureSpeed(db.order, 60);
    // The n-th of 50 messages took n ms to be claimed, and 10 ms in each of the other stages.
    const iso = (before: number) =>
      `to_char((done - ${ms(`${before}`)}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    await insert(50, `'${new Date(from.getTime() + 30 * 60_000 + 500).toISOString()}'::timestamptz`, {
      status: `'COMPLETED'`,
      created_at: `done - ${ms('n + 50')}`,
      claimed_at: `done - ${ms('50')}`,
      published_at: `done - ${ms('40')}`,
      result: `jsonb_build_object('receivedAt', ${iso(30)}, 'processedAt', ${iso(20)}, 'sentAt', ${iso(10)})`,
    });
    await insert(3, `'${new Date(from.getTime() + 40 * 60_000).toISOString()}'::timestamptz`, COMPLETED);
    await insert(3, `'${new Date(from.getTime() + 41 * 60_000).toISOString()}'::timestamptz`, DISCARDED);

    const speed = await measureSpeed(db.order, 60);
    const ten = { p50: 10, p95: 10, p99: 10 };
    expect(speed.stages).toEqual([
      { stage: 'claim', p50: 25, p95: 48, p99: 50 },
      ...['publish', 'deliver', 'process', 'report', 'complete'].map((stage) => ({ stage, ...ten })),
    ]);
    expect(speed.messages).toBe(53);
    expect(speed.total).toEqual({ p50: 77, p95: 1_000, p99: 1_000 });
    const filled = speed.buckets.filter(({ messages }) => messages > 0);
    expect(filled).toEqual([
      { at: speed.buckets[30]?.at, messages: 50, p50: 75, p95: 98, p99: 100 },
      { at: speed.buckets[40]?.at, messages: 3, p50: 1_000, p95: 1_000, p99: 1_000 },
    ]);
  });
});

describe('metrics-at-size: measuring the speed in a table of 400,000 finished messages', () => {
  interface PlanNode {
    readonly 'Index Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly 'Shared Hit Blocks': number;
    readonly 'Shared Read Blocks': number;
    readonly Plans?: readonly PlanNode[];
  }
  const flattenPlan = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flattenPlan)];

  beforeAll(async () => {
    await db.empty();
    await db.admin.query('ALTER TABLE outbox_messages SET (autovacuum_enabled = off)');
    // Half of them discarded, in the last hour and before.
    await insert(200_000, `now() - ${ms('n * 30')}`, COMPLETED);
    await insert(200_000, `now() - ${ms('n * 30')}`, DISCARDED);
  }, 120_000);

  it.each([1, 60])(
    'metrics-at-size: reads a bounded number of messages of %d minutes, with and without statistics',
    async (minutes) => {
      const client = db.connectOrder(COUNT_SESSION_SETTINGS);
      for (const statistics of ['none', 'gathered']) {
        if (statistics === 'gathered') await db.admin.query('ANALYZE outbox_messages');
        const [row] = await client.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${MEASURE}`,
          minutes,
        );
        const plan = row?.['QUERY PLAN'][0]?.Plan;
        if (plan === undefined) throw new Error('no plan');
        const scans = flattenPlan(plan).filter((node) => node['Index Name'] !== undefined);
        expect(scans.map((node) => node['Index Name'])).toEqual(['outbox_finished_idx']);
        const rows = scans.reduce((sum, node) => sum + node['Actual Rows'] * node['Actual Loops'], 0);
        expect(rows).toBeGreaterThan(minutes === 60 ? 2_500 : 1_000);
        expect(rows).toBeLessThanOrEqual(60 * 50);
        expect(scans.every((node) => (node['Rows Removed by Filter'] ?? 0) === 0)).toBe(true);
        // A page of each message, and at most 6 of the index in each bucket.
        expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(60 * (50 + 6));
      }
      const { messages, buckets } = await measureSpeed(client, minutes);
      expect(messages).toBeLessThanOrEqual(60 * 50);
      expect(buckets.every((bucket) => bucket.messages <= 50)).toBe(true);
    },
  );
});
