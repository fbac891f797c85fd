import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimStatement, RELAY_SESSION_SETTINGS } from './claim-batch.js';
import { createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import {
  MARK_DEAD,
  MARK_PUBLISHED,
  POSTPONE,
  RECORD_OVERTAKEN,
  RELEASE_LEASES,
  SCHEDULE_RETRY,
} from './record-outcomes.js';

let db: OutboxDatabase;
beforeAll(async () => {
  db = await createOutboxDatabase();
  // The tests set the statistics.
  await db.admin.query('ALTER TABLE outbox_messages SET (autovacuum_enabled = off)');
});
afterAll(() => db.close());

const uuids = Array.from({ length: 500 }, () => randomUUID());
const ids = `'{${uuids}}'`;
const changes = `'{}', ${ids}`;
const token = `'${randomUUID()}'`;
const owned = `${changes}, ${token}, '{PENDING,PUBLISHED}'`;
const claimFrom = `${token}, 60, 20000, now() - interval '1 minute', '{order-events}'`;

/** The statements with arguments for EXECUTE. */
const statements = Object.entries({
  'claim, new messages first': [claimStatement(500, true), claimFrom],
  'claim, timed messages first': [claimStatement(500, false), claimFrom],
  'mark as published': [MARK_PUBLISHED, `${owned}, now(), now()`],
  'record overtaken publications': [RECORD_OVERTAKEN, `${changes}, now(), now()`],
  'schedule retries': [SCHEDULE_RETRY, owned],
  postpone: [POSTPONE, owned],
  'mark as dead': [MARK_DEAD, owned],
  'release leases': [RELEASE_LEASES, `${ids}, ${token}`],
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

const flattenPlan = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flattenPlan)];

/** The condition of a scan by index. A scan without it reads the whole index. */
const LOOKUPS: Readonly<Record<string, RegExp>> = {
  outbox_due_idx: /\bavailable_at (?:=|>)/,
  outbox_key_head_idx: /\bkey = /,
  outbox_messages_pkey: /\bid = /,
};
// Also has the finished messages of a key, which a claim must not read.
const RETRY_LOOKUPS = { ...LOOKUPS, outbox_key_seq_idx: /\bkey = / };
const RETRIES = ['schedule retries', 'postpone'];

/** Returns the scans of the table that are no lookups, with their statements. */
async function findOtherScans(client: pg.Client): Promise<string[]> {
  const found: string[] = [];
  for (const [at, [name, [, values]]] of statements.entries()) {
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) EXECUTE statement_${at} (${values})`);
    const lookups: typeof LOOKUPS = RETRIES.includes(name) ? RETRY_LOOKUPS : LOOKUPS;
    for (const node of flattenPlan(rows[0]['QUERY PLAN'][0].Plan)) {
      const { 'Node Type': type, 'Index Name': index = '', 'Index Cond': condition = '' } = node;
      if (node['Relation Name'] !== 'outbox_messages' || type === 'ModifyTable') continue;
      if (!lookups[index]?.test(condition)) found.push(`${name}: ${type} ${index} ${condition}`);
    }
  }
  return found;
}

async function insert(count: number): Promise<void> {
  await db.admin.query(
    `INSERT INTO outbox_messages (id, topic, key, type, payload)
    SELECT uuidv7(), 'order-events', uuidv7()::text, 'order.placed.v1', '{}' FROM generate_series(1, $1::int)`,
    [count],
  );
}

/** Moves the messages through their states, which leaves empty pages in the indexes. */
async function finish(): Promise<void> {
  await db.admin.query(`UPDATE outbox_messages SET status = 'PUBLISHED', available_at = now()`);
  await db.admin.query(`UPDATE outbox_messages SET status = 'COMPLETED', completed_at = now()`);
}

interface Statistics {
  readonly rows: number;
  readonly pending: number;
  readonly published: number;
  /** VACUUM and ANALYZE count the entries of an index at different times. */
  readonly pendingEntries: number;
  readonly publishedEntries: number;
  /** As in pg_stats: a number of keys, or minus their share of the rows. */
  readonly keys: number;
}

const count = fc.constantFrom(0, 0, 1, 3, 20, 100, 500, 3_000, 30_000);
const anyStatistics: fc.Arbitrary<Statistics> = fc.record({
  rows: fc.constantFrom(1, 50, 500, 3_000, 30_000, 300_000),
  pending: count,
  published: count,
  pendingEntries: count,
  publishedEntries: count,
  keys: fc.constantFrom(-1, -0.01, 1, 100),
});

async function setStatistics(statistics: Statistics): Promise<void> {
  const { rows, pending, published, pendingEntries, publishedEntries, keys } = statistics;
  const entries = {
    outbox_messages: rows,
    outbox_messages_pkey: rows,
    outbox_key_seq_idx: rows,
    outbox_key_head_idx: pendingEntries,
    outbox_due_idx: pendingEntries + publishedEntries,
  };
  for (const [name, number] of Object.entries(entries)) {
    await db.admin.query(
      `SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', $1::text,
        'relpages', (pg_relation_size($1::regclass) / 8192)::int, 'reltuples', $2::real)`,
      [name, number],
    );
  }
  const finished = Math.max(rows - pending - published, 0);
  const shares = Object.entries({ PENDING: pending, PUBLISHED: published, COMPLETED: finished })
    .filter(([, number]) => number > 0)
    .sort(([, a], [, b]) => b - a);
  const total = pending + published + finished;
  await db.admin.query(
    `SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', 'outbox_messages', 'attname', 'status',
      'inherited', false, 'null_frac', 0::real, 'avg_width', 9, 'n_distinct', $1::real,
      'most_common_vals', $2::text, 'most_common_freqs', $3::real[])`,
    [shares.length, `{${shares.map(([status]) => status)}}`, shares.map(([, number]) => number / total)],
  );
  await db.admin.query(
    `SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', 'outbox_messages', 'attname', 'key',
      'inherited', false, 'null_frac', 0::real, 'avg_width', 37, 'n_distinct', $1::real)`,
    [keys],
  );
}

async function connect(planCacheMode: string): Promise<pg.Client> {
  const options = Object.entries({ ...RELAY_SESSION_SETTINGS, plan_cache_mode: planCacheMode });
  const client = new pg.Client({
    connectionString: db.urls.relay,
    options: options.map(([name, value]) => `-c ${name}=${value}`).join(' '),
  });
  await client.connect();
  for (const [at, [, [text]]] of statements.entries())
    await client.query(`PREPARE statement_${at} AS ${text}`);
  return client;
}

// With a plan that reads all unfinished messages for each one, a claim of 500 among 30,000 takes
// more than a second instead of 5 ms, until the next ANALYZE.
describe('the statements of the relay look their rows up, whatever the statistics say', () => {
  it.each([
    ['in a new installation with a backlog', 0, 20_000],
    ['in a backlog after many messages', 30_000, 10_000],
    ['in an empty queue', 30_000, 0],
  ])(
    '%s',
    async (_, finished, waiting) => {
      await db.admin.query('TRUNCATE outbox_messages');
      await insert(finished);
      await finish();
      await db.admin.query('VACUUM ANALYZE outbox_messages');
      await insert(waiting);
      const clients = await Promise.all(['force_generic_plan', 'force_custom_plan'].map(connect));
      try {
        await fc.assert(
          fc.asyncProperty(anyStatistics, async (statistics) => {
            await setStatistics(statistics);
            for (const client of clients) expect(await findOtherScans(client)).toEqual([]);
          }),
        );
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    },
    120_000,
  );
});
