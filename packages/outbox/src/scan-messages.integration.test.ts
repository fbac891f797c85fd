import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUNT_SESSION_SETTINGS } from './count-messages.js';
import { listMessages, type MessagePage } from './find-messages.js';
import type { MessageStatus } from './lifecycle.js';
import { createOutboxDatabase, type OutboxDatabase } from './order-database.fixture.js';
import { CursorError } from './scan-messages.js';
import { selectMessages } from './select-messages.js';
import type { Sql } from './sql.js';

const EACH = 40_000;
const SCAN = 1_000;

let db: OutboxDatabase;
let operators: Sql;
/** Writes messages whose statuses rotate in id order, so each status has a fifth of them. */
beforeAll(async () => {
  db = await createOutboxDatabase();
  operators = db.connectOrder(COUNT_SESSION_SETTINGS);
  await db.admin.query(
    `INSERT INTO outbox_messages (id, topic, key, type, payload, status, available_at, completed_at, last_error)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'order-events', CASE WHEN n % 2 = 0 THEN 'hot' ELSE n::text END,
      CASE WHEN n = 1 OR n % 50000 = 0 THEN 'rare' ELSE 'x' END, '{}', s.status,
      CASE s.status WHEN 'PENDING' THEN '-infinity'::timestamptz ELSE now() + n * interval '1 second' END,
      CASE WHEN s.status IN ('COMPLETED', 'DISCARDED') THEN now() END, repeat('e', 200)
    FROM generate_series(1, ${5 * EACH}) AS n
    JOIN unnest('{PENDING, PUBLISHED, COMPLETED, DEAD, DISCARDED}'::text[]) WITH ORDINALITY AS s (status, position)
      ON s.position = 1 + n % 5`,
  );
}, 120_000);
afterAll(() => db.close());

interface PlanNode {
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Runs `read`. Returns the largest number of rows that any scan of its statements read. */
async function mostRowsRead(read: (sql: Sql) => Promise<unknown>): Promise<number> {
  let most = 0;
  const visit = (node: PlanNode) => {
    if (node['Index Name'] !== undefined)
      most = Math.max(most, node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
    for (const child of node.Plans ?? []) visit(child);
  };
  await read({
    async $queryRawUnsafe<T>(query: string, ...values: unknown[]): Promise<T> {
      const [row] = await operators.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(
        `EXPLAIN (ANALYZE, FORMAT JSON) ${query}`,
        ...values,
      );
      const plan = row?.['QUERY PLAN'][0]?.Plan;
      if (plan) visit(plan);
      return operators.$queryRawUnsafe<T>(query, ...values);
    },
    $executeRawUnsafe: (query, ...values) => operators.$executeRawUnsafe(query, ...values),
  });
  return most;
}

const STATUSES: MessageStatus[] = ['PENDING', 'PUBLISHED', 'COMPLETED', 'DEAD', 'DISCARDED'];
const FILTERS = [{}, { type: 'rare' }, { key: 'hot' }, { error: 'nowhere' }, { createdBefore: new Date(0) }];

describe.each(['without', 'with'])('answers-at-size: a table of 200,000 messages, %s statistics', (how) => {
  beforeAll(async () => {
    if (how === 'with') await db.admin.query('ANALYZE outbox_messages');
  });

  it.each([undefined, ...STATUSES])(
    'answers-at-size: a list of status %s reads a bounded number',
    async (status) => {
      for (const filter of FILTERS) {
        const read = (sql: Sql) => listMessages(sql, { filter, status, limit: 50, scanLimit: SCAN });
        expect(await mostRowsRead(read), JSON.stringify(filter)).toBeLessThanOrEqual(SCAN);
      }
    },
  );

  it.each(['requeue', 'send-now'] as const)(
    'answers-at-size: %s in bulk reads a bounded number',
    async (verb) => {
      for (const filter of FILTERS) {
        const read = (sql: Sql) => selectMessages(sql, verb, { filter, limit: 50, scanLimit: SCAN });
        expect(await mostRowsRead(read), JSON.stringify(filter)).toBeLessThanOrEqual(SCAN);
      }
    },
  );
});

describe('a scan in parts', () => {
  async function listAll(
    options: { type?: string; key?: string; status?: MessageStatus },
    scanLimit: number,
  ) {
    const { status, ...filter } = options;
    const ids: string[] = [];
    let page: MessagePage | undefined;
    let pages = 0;
    do {
      const cursor: string | undefined = page?.nextCursor ?? undefined;
      page = await listMessages(operators, { filter, status, limit: 200, cursor, scanLimit });
      ids.push(...page.items.map(({ id }) => id));
      if (!page.complete) expect(page.scannedTo).toBeInstanceOf(Date);
      pages += 1;
    } while (page.nextCursor !== null);
    expect(page).toMatchObject({ complete: true, scannedTo: null });
    return { ids, pages };
  }
  const select = async (condition: string) =>
    (await db.admin.query(`SELECT id FROM outbox_messages WHERE ${condition} ORDER BY id DESC`)).rows.map(
      ({ id }) => id,
    );

  it('finds every match once, newest first, with pages that have no match', async () => {
    const { ids, pages } = await listAll({ type: 'rare' }, 20_000);
    expect(ids).toEqual(await select(`type = 'rare'`));
    expect(ids).toHaveLength(5);
    expect(pages).toBeGreaterThan(9);
    expect((await listAll({ type: 'rare', status: 'DEAD' }, 7_000)).ids).toEqual([]);
    const hot = await listAll({ type: 'rare', key: 'hot' }, 7_000);
    expect(hot.ids).toEqual(await select(`type = 'rare' AND key = 'hot'`));
  });

  it('finds unfinished messages without reading finished ones, if they are few', async () => {
    const { ids, pages } = await listAll({ status: 'PENDING', type: 'rare' }, 100_000);
    expect(ids).toEqual(await select(`status = 'PENDING' AND type = 'rare'`));
    expect(pages).toBe(1);
  });

  it('selects every match for a bulk decision once, oldest first, and counts lower bounds', async () => {
    const ids: string[] = [];
    let cursor: string | undefined;
    let parts = 0;
    do {
      const selected = await selectMessages(operators, 'requeue', {
        filter: { error: 'eee' },
        limit: 1_000,
        cursor,
        scanLimit: 15_000,
      });
      ids.push(...selected.ids);
      expect(selected.matched).toBeLessThanOrEqual(15_000);
      cursor = selected.nextCursor ?? undefined;
      parts += 1;
    } while (cursor !== undefined);
    expect(ids.toReversed()).toEqual(await select(`status = 'DEAD'`));
    expect(parts).toBe(EACH / 1_000);
  });

  it('rejects a cursor of another scan', async () => {
    const list = (cursor: string, filter = {}) =>
      listMessages(operators, { filter, limit: 1, cursor, scanLimit: SCAN });
    await expect(list('s1')).rejects.toThrow(CursorError);
    await expect(list('00000000-0000-0000-0000-000000000001', { key: 'hot' })).rejects.toThrow(CursorError);
  });
});
