import type { SqlClient } from '@lmt/postgres';
import { countBuffers } from '@lmt/postgres/count-buffers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aPlacement, createInventoryTestDatabase, type InventoryTestDatabase } from '../inventory.fixture.js';
import { processOrders } from './process-orders.js';

const ORDERS = 4_000;
const SAMPLE = 50;

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer();
  await db.admin.query('ALTER TABLE stock_items SET (autovacuum_enabled = off)');
});
afterAll(() => db.close());

it('snapshot: an order reads no more pages after thousands of orders of its SKU', async () => {
  await db.stock({ A: ORDERS, B: 1 });
  const order = () => processOrders(inventory, [aPlacement({ A: 1 })], { now: () => new Date() });
  async function sample(): Promise<number> {
    let pages = 0;
    for (let count = 0; count < SAMPLE; count += 1) pages += await countBuffers(db.admin, inventory, order);
    return pages / SAMPLE;
  }
  const idle = await db.admin.connect();
  try {
    await idle.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await idle.query('SELECT count(*) FROM stock_items');
    await db.admin.query('ANALYZE stock_items');
    const early = await sample();
    for (let count = 2 * SAMPLE; count < ORDERS; count += 1) await order();
    const late = await sample();
    // 40 and 26 pages, or 42 and 93 if each lookup read all versions of the stock row.
    expect(late).toBeLessThan(1.25 * early);
  } finally {
    await idle.query('ROLLBACK');
    idle.release();
  }
}, 120_000);
