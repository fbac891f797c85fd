import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimBatch } from './claim-batch.js';
import { COUNT_SESSION_SETTINGS, countBacklog, countMessages } from './count-messages.js';
import {
  aMessage,
  createOutboxDatabase,
  type OutboxDatabase,
  someMessages,
} from './order-database.fixture.js';
import { postpone, scheduleRetry } from './record-outcomes.js';
import type { Sql } from './sql.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
});
afterAll(() => db.close());

describe('counting messages', () => {
  it('returns every status and no age for an empty table', async () => {
    const counts = { PENDING: 0, PUBLISHED: 0, COMPLETED: 0, DEAD: 0, DISCARDED: 0 };
    const stats = { counts, atLeast: [], inFlight: 0, oldestUnfinishedSeconds: null };
    expect(await countMessages(db.order)).toEqual(stats);
    expect(await countBacklog(db.relay)).toEqual({ ...stats, topics: new Map() });
  });

  it('counts by status and returns the age of the oldest unfinished message', async () => {
    await db.write(someMessages(6));
    const set = (seq: number, assignment: string) =>
      db.admin.query(`UPDATE outbox_messages SET ${assignment} WHERE seq = $1`, [seq]);
    await set(1, `status = 'COMPLETED', completed_at = now(), created_at = now() - interval '9 hours'`);
    await set(2, `status = 'DEAD', created_at = now() - interval '9 hours'`);
    await set(3, `status = 'PUBLISHED', available_at = now(), created_at = now() - interval '1 hour'`);
    await set(4, `topic = 'refunds'`);
    const lease = (until: string) =>
      `lease_token = gen_random_uuid(), leased_until = now() + interval '${until}'`;
    await set(3, lease('1 minute'));
    await set(5, lease('1 minute'));
    await set(6, lease('-1 second'));

    const { counts, inFlight, oldestUnfinishedSeconds } = await countMessages(db.order);
    expect(inFlight).toBe(2);
    expect(counts).toEqual({ PENDING: 3, PUBLISHED: 1, COMPLETED: 1, DEAD: 1, DISCARDED: 0 });
    expect(Math.round((oldestUnfinishedSeconds ?? 0) / 60)).toBe(60);
    const backlog = await countBacklog(db.relay);
    expect(backlog.counts).toMatchObject({ PENDING: 3, PUBLISHED: 1, DEAD: 1 });
    expect(Math.round((backlog.oldestUnfinishedSeconds ?? 0) / 60)).toBe(60);
    expect(backlog.topics).toEqual(
      new Map([
        ['order-events', 3],
        ['refunds', 1],
      ]),
    );
  });
});

it('lets a delayed message age from its time on, and from its creation once it is claimed', async () => {
  await db.empty();
  await db.write([aMessage({ availableAt: new Date(Date.now() + 3_600_000) })]);
  const set = (assignment: string) => db.admin.query(`UPDATE outbox_messages SET ${assignment}`);
  const readMinutes = async () =>
    Math.round(((await countBacklog(db.relay)).oldestUnfinishedSeconds ?? Number.NaN) / 60);
  await set(`created_at = now() - interval '9 hours'`);
  expect(await readMinutes()).toBe(0);
  await set(`available_at = now() - interval '5 minutes'`);
  expect(await readMinutes()).toBe(5);
  await set('claimed_at = now()');
  expect(await readMinutes()).toBe(540);
});

it.each([
  ['backs off', scheduleRetry],
  ['waits for its partition', postpone],
])('lets a message age while it %s', async (_name, delay) => {
  await db.empty();
  const message = aMessage();
  await db.write([message]);
  await db.admin.query(`UPDATE outbox_messages SET created_at = now() - interval '9 hours'`);
  const token = randomUUID();
  await claimBatch(db.relay, { batchSize: 1, leaseSeconds: 60, token });
  await delay(db.relay, token, [{ id: message.id, delayMs: 300_000, reason: 'no answer' }]);
  const { oldestUnfinishedSeconds } = await countBacklog(db.relay);
  expect(oldestUnfinishedSeconds).toBeGreaterThanOrEqual(9 * 3_600);
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}
const flattenPlan = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flattenPlan)];

/** Runs `count` on a client that explains each query. Returns the rows that each scan read. */
async function rowsRead(client: Sql, count: (sql: Sql) => Promise<unknown>): Promise<[string, number][]> {
  let scans: [string, number][] = [];
  await count({
    async $queryRawUnsafe<T>(query: string): Promise<T> {
      const rows = await client.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${query}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
      scans = (plan ? flattenPlan(plan) : [])
        .filter((node) => node['Node Type'].endsWith('Scan') && node['Index Name'] !== undefined)
        .map((node) => [
          node['Index Name'] ?? '',
          node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0),
        ]);
      return client.$queryRawUnsafe<T>(query);
    },
    $executeRawUnsafe: (query, ...values) => client.$executeRawUnsafe(query, ...values),
  });
  return scans;
}

describe('metrics-at-size: a table of 300,000 messages', () => {
  const LIMIT = 5_000;
  beforeAll(async () => {
    await db.empty();
    await db.admin.query(
      `INSERT INTO outbox_messages (id, topic, key, type, payload, status, available_at, completed_at, created_at)
      SELECT gen_random_uuid(), 'order-events', n, 'x', '{}', status,
        CASE status WHEN 'PENDING' THEN '-infinity'::timestamptz ELSE now() + n * interval '1 millisecond' END,
        CASE WHEN status IN ('COMPLETED', 'DISCARDED') THEN now() - n * interval '1 millisecond' END,
        now() - n * interval '1 second'
      FROM generate_series(60000, 1, -1) AS n
      CROSS JOIN unnest('{PENDING, PUBLISHED, COMPLETED, DEAD, DISCARDED}'::text[]) AS status`,
    );
  }, 120_000);

  it.each<[string, (sql: Sql) => Promise<unknown>, string[]]>([
    ['messages', (sql) => countMessages(sql, LIMIT), ['due', 'due', 'dead', 'finished']],
    ['the backlog', (sql) => countBacklog(sql, LIMIT), ['due', 'due', 'dead']],
  ])(
    'metrics-at-size: counting %s reads a bounded number of rows, with and without statistics',
    async (_, count, indexes) => {
      const client = db.connectOrder(COUNT_SESSION_SETTINGS);
      const expected = indexes.map((index) => [`outbox_${index}_idx`, LIMIT]);
      expect(await rowsRead(client, count)).toEqual(expected);
      await db.admin.query('ANALYZE outbox_messages');
      expect(await rowsRead(client, count)).toEqual(expected);
    },
  );

  it('metrics-at-size: counts are lower bounds beyond the limit, and the age is of the oldest', async () => {
    const { counts, atLeast, oldestUnfinishedSeconds } = await countMessages(db.order, LIMIT);
    expect(atLeast.toSorted()).toEqual(['COMPLETED', 'DEAD', 'DISCARDED', 'PENDING', 'PUBLISHED']);
    expect(counts).toMatchObject({ PENDING: LIMIT, PUBLISHED: LIMIT, DEAD: LIMIT });
    expect(counts.COMPLETED + counts.DISCARDED).toBe(LIMIT);
    expect(oldestUnfinishedSeconds).toBeGreaterThan(59_000);
    expect((await countMessages(db.order, 100_000)).counts).toEqual({
      PENDING: 60_000,
      PUBLISHED: 60_000,
      DEAD: 60_000,
      COMPLETED: 50_000,
      DISCARDED: 50_000,
    });
  });
});
