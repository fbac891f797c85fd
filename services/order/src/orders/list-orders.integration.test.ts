import type { OrderStatus, OrdersPage } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { READ_SESSION_SETTINGS } from '../database.js';
import { createOrderTestDatabase, type OrderTestDatabase } from '../order-database.fixture.js';
import { listOrders, SCAN_LIMIT, scanOrders } from './list-orders.js';

let db: OrderTestDatabase;
let database: OrderDatabase;
beforeAll(async () => {
  db = await createOrderTestDatabase();
  database = db.connect();
});
afterAll(() => db.close());

const toId = (number: number) => `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const toNumber = (id: string) => Number(id.slice(24));
const numbers = ({ items }: OrdersPage) => items.map(({ id }) => toNumber(id));
type Query = Parameters<typeof listOrders>[1];
const toQuery = (query: Partial<Query>): Query => ({ limit: 50, ...query });
const list = (query: Partial<Query>, scanLimit?: number) => listOrders(database, toQuery(query), scanLimit);

interface NewOrder {
  readonly customerId?: string;
  readonly status?: OrderStatus;
  readonly skus?: readonly string[];
}

/** Inserts orders with the ids 1, 2, 3, ..., one second apart. */
async function insert(orders: readonly NewOrder[]): Promise<void> {
  for (const [index, { customerId = 'ada', status = 'CONFIRMED', skus = ['KEYBOARD'] }] of orders.entries()) {
    const id = toId(index + 1);
    await db.admin.query(
      `INSERT INTO orders (id, customer_id, status, reject_reason, message_id, created_at)
      VALUES ($1, $2, $3, 'no', gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz + $4 * interval '1 s')`,
      [id, customerId, status, index + 1],
    );
    await db.admin.query(
      `INSERT INTO order_items (order_id, sku, position, quantity)
      SELECT $1, sku, position, position FROM unnest($2::text[]) WITH ORDINALITY AS i (sku, position)`,
      [id, skus],
    );
  }
}

describe('listing orders', () => {
  beforeEach(() => db.empty());

  it('returns the orders with an item of the sku, with all their items in their order', async () => {
    await insert([{ skus: ['MOUSE', 'KEYBOARD'] }, { skus: ['MONITOR'] }, { skus: ['KEYBOARD'] }, {}]);
    const page = await list({ sku: 'KEYBOARD' });
    expect(numbers(page)).toEqual([4, 3, 1]);
    expect(page.items[2]).toEqual({
      id: toId(1),
      customerId: 'ada',
      status: 'CONFIRMED',
      rejectReason: 'no',
      items: [
        { sku: 'MOUSE', quantity: 1 },
        { sku: 'KEYBOARD', quantity: 2 },
      ],
      createdAt: '2026-01-01T00:00:01.000Z',
      updatedAt: expect.any(String),
    });
    expect(page).toMatchObject({ nextCursor: null, complete: true, scannedTo: null });
  });

  it('combines the filters, in every order of reading', async () => {
    await insert([
      { customerId: 'ada', status: 'REJECTED', skus: ['MOUSE'] },
      { customerId: 'bob', status: 'REJECTED', skus: ['MOUSE'] },
      { customerId: 'ada', status: 'CONFIRMED', skus: ['MOUSE'] },
      { customerId: 'ada', status: 'REJECTED', skus: ['KEYBOARD'] },
      { customerId: 'Ada', status: 'PENDING', skus: ['MOUSE'] },
      { customerId: 'ada', status: 'REJECTED', skus: ['MOUSE'] },
    ]);
    const rows: [Partial<Query>, number[]][] = [
      [{}, [6, 5, 4, 3, 2, 1]],
      [{ customerId: 'ada' }, [6, 4, 3, 1]],
      [{ status: 'REJECTED' }, [6, 4, 2, 1]],
      [{ status: 'CONFIRMED' }, [3]],
      [{ sku: 'MOUSE' }, [6, 5, 3, 2, 1]],
      [{ status: 'REJECTED', sku: 'MOUSE' }, [6, 2, 1]],
      [{ status: 'CONFIRMED', sku: 'MOUSE' }, [3]],
      [{ customerId: 'ada', status: 'REJECTED' }, [6, 4, 1]],
      [{ customerId: 'ada', sku: 'MOUSE' }, [6, 3, 1]],
      [{ customerId: 'ada', status: 'REJECTED', sku: 'MOUSE' }, [6, 1]],
      [{ customerId: "'; DROP TABLE orders; --" }, []],
    ];
    for (const [filter, expected] of rows) {
      expect([filter, numbers(await list(filter))]).toEqual([filter, expected]);
      const first = await list({ ...filter, limit: 1 });
      const rest =
        first.nextCursor === null ? [] : numbers(await list({ ...filter, cursor: first.nextCursor }));
      expect([filter, [...numbers(first), ...rest]]).toEqual([filter, expected]);
    }
  });

  it('ends a page early after the limit of read orders, and continues after the last of them', async () => {
    const rare = (at: number) => at === 1 || at === 8 || at === 9;
    await insert(Array.from({ length: 10 }, (_, at) => ({ skus: [rare(at + 1) ? 'RARE' : 'KEYBOARD'] })));
    const pages: OrdersPage[] = [];
    for (let cursor: string | null | undefined; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null)
      pages.push(await list({ sku: 'RARE', cursor }, 4));
    expect(pages.map((page) => [numbers(page), page.complete, page.scannedTo])).toEqual([
      [[9, 8], false, '2026-01-01T00:00:07.000Z'],
      [[], false, '2026-01-01T00:00:03.000Z'],
      [[1], true, null],
    ]);
  });

  it('ends a page early on a matching order, without losing or repeating it', async () => {
    await insert([{ skus: ['RARE'] }, { skus: ['RARE'] }, {}]);
    const first = await list({ sku: 'RARE' }, 2);
    expect([numbers(first), first.complete, first.nextCursor]).toEqual([[2], false, toId(2)]);
    expect(numbers(await list({ sku: 'RARE', cursor: toId(2) }, 2))).toEqual([1]);
  });
});

describe('a list of many orders', () => {
  const COUNT = 100_000;
  // Plans for the values of a query, and plans for any values, which the server caches.
  const modes = ['force_custom_plan', 'force_generic_plan'] as const;

  /**
   * Half of the orders are of one customer and were PENDING when the statistics were made. Now all
   * are CONFIRMED, except the three oldest ones. One customer had 1,000 orders then and has 25,450 now.
   */
  beforeAll(async () => {
    await db.empty();
    await db.admin.query('ALTER TABLE orders SET (autovacuum_enabled = off)');
    await db.admin.query(`
      INSERT INTO orders (id, customer_id, status, reject_reason, message_id)
      SELECT ('${toId(0).slice(0, 24)}' || lpad(n::text, 12, '0'))::uuid,
        CASE WHEN n % 100 = 1 THEN 'grown' WHEN n <= ${COUNT / 2} THEN 'old' WHEN n % 2 = 0 THEN 'big' ELSE 'customer ' || n % 1000 END,
        CASE WHEN n <= 3 THEN 'REJECTED' WHEN n <= ${COUNT / 2} THEN 'PENDING' ELSE 'CONFIRMED' END,
        'no', gen_random_uuid()
      FROM generate_series(1, ${COUNT}) n`);
    await db.admin.query(`
      INSERT INTO order_items (order_id, sku, position, quantity)
      SELECT id, CASE WHEN status = 'REJECTED' THEN 'RARE' ELSE 'KEYBOARD' END, 1, 1 FROM orders`);
    await db.admin.query('ANALYZE orders, order_items');
    await db.admin.query(`UPDATE orders SET status = 'CONFIRMED' WHERE status = 'PENDING'`);
    await db.admin.query(`
      UPDATE orders SET customer_id = 'grown'
      WHERE customer_id LIKE 'customer %' AND customer_id <> 'customer 7'`);
  });

  interface PlanNode {
    readonly 'Relation Name'?: string;
    readonly 'Actual Rows': number;
    readonly 'Actual Loops': number;
    readonly 'Rows Removed by Filter'?: number;
    readonly Plans?: readonly PlanNode[];
  }

  /** Counts the rows that the plan's scans of tables read. */
  function countRead(node: PlanNode): number {
    const rows = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
    const own = node['Relation Name'] === undefined ? 0 : rows;
    return own + (node.Plans ?? []).reduce((sum, child) => sum + countRead(child), 0);
  }

  /** Explains the statement as a prepared one, because only those are cached. */
  async function rowsRead(pool: OrderDatabase, query: Partial<Query>): Promise<number> {
    const { statement, values } = scanOrders(toQuery(query), SCAN_LIMIT);
    const literals = values.map((value) => `'${value}'`).join(', ');
    const [row] = await pool.$transaction(async (tx) => {
      await tx.$executeRawUnsafe(`PREPARE listed AS ${statement}`);
      const explain = `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE listed (${literals})`;
      const explained = await tx.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: PlanNode }[] }[]>(explain);
      await tx.$executeRawUnsafe('DEALLOCATE listed');
      return explained;
    });
    const plan = row?.['QUERY PLAN'][0]?.Plan;
    if (plan === undefined) throw new Error('the statement has no plan');
    return countRead(plan);
  }

  const cases: [string, Partial<Query>, number, number][] = [
    // The filter, the number of orders found, and the most rows that may be read.
    ['no filter', {}, 50, 100],
    ['a rare status', { status: 'REJECTED' }, 3, 6],
    ['a status that was frequent', { status: 'PENDING' }, 0, 0],
    ['the most frequent status', { status: 'CONFIRMED' }, 50, 100],
    ['a frequent sku', { sku: 'KEYBOARD' }, 50, 200],
    ['a rare sku', { sku: 'RARE' }, 0, SCAN_LIMIT + 1],
    ['an unknown sku', { sku: 'NOPE' }, 0, SCAN_LIMIT + 1],
    ['a rare status and a rare sku', { status: 'REJECTED', sku: 'RARE' }, 3, 12],
    ['a customer with old orders', { customerId: 'old' }, 50, 100],
    ['a customer with recent orders', { customerId: 'customer 7' }, 50, 100],
    ['a customer and a rare status', { customerId: 'old', status: 'REJECTED' }, 0, SCAN_LIMIT + 1],
    ['a customer that has grown', { customerId: 'grown', status: 'REJECTED' }, 0, SCAN_LIMIT + 1],
    ['a customer among others and a rare sku', { customerId: 'big', sku: 'RARE' }, 0, SCAN_LIMIT + 1],
    ['a customer and a rare sku', { customerId: 'old', sku: 'RARE' }, 0, SCAN_LIMIT + 1],
  ];
  describe.each(modes)('with %s', (plan_cache_mode) => {
    let pool: OrderDatabase;
    beforeAll(() => {
      pool = db.connect({ ...READ_SESSION_SETTINGS, plan_cache_mode });
    });

    it.each(cases)('reads few orders for %s', async (_name, query, found, read) => {
      expect((await listOrders(pool, toQuery(query))).items).toHaveLength(found);
      expect(await rowsRead(pool, query)).toBeLessThanOrEqual(read);
    });
  });
});
