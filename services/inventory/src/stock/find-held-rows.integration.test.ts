import { randomUUID } from 'node:crypto';
import type { SqlClient } from '@lmt/postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SESSION_SETTINGS } from '../database.js';
import { createInventoryTestDatabase, type InventoryTestDatabase } from '../inventory.fixture.js';
import type { StockRequest } from './decide.js';
import { findHeldRows } from './find-held-rows.js';

let db: InventoryTestDatabase;
let inventory: SqlClient;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connectConsumer(SESSION_SETTINGS);
});
beforeEach(async () => {
  await db.empty();
  await db.stock({ A: 10, B: 10 });
});
const sessions: Awaited<ReturnType<InventoryTestDatabase['lock']>>[] = [];
/** Another session holds the locks of the statement until the test ends. */
async function lock(statement: string) {
  const session = await db.lock(statement);
  sessions.push(session);
  return session;
}
afterEach(() => Promise.all(sessions.map(({ release }) => release())));
afterAll(() => db.close());

const place = (...skus: string[]): StockRequest => ({
  kind: 'place',
  orderId: randomUUID(),
  items: skus.map((sku) => ({ sku, quantity: 1 })),
});
const find = (requests: readonly StockRequest[], pause = async () => {}) =>
  findHeldRows(inventory, requests, pause);

describe('row-lock-inventory: looking for rows that other sessions hold', () => {
  it.each([
    [`UPDATE stock_items SET updated_at = now() WHERE sku = 'A'`, true],
    [`UPDATE stock_items SET updated_at = now() WHERE sku = 'B'`, false],
    [`SELECT 1 FROM stock_items WHERE sku = 'A' FOR UPDATE`, true],
    [`SELECT 1 FROM stock_items WHERE sku = 'A' FOR SHARE`, true],
    // Inserts of movements take this lock, which does not conflict with a deduction.
    [`SELECT 1 FROM stock_items WHERE sku = 'A' FOR KEY SHARE`, false],
    ['SELECT 1 FROM stock_items', false],
  ])('%s: %s', async (statement, isHeld) => {
    const { pid } = await lock(statement);
    const requests = [place('A'), place('NOPE')];
    const held = await find(requests);
    expect(requests.map(held.isHeld)).toEqual([isHeld, false]);
    expect([[...held.skus], held.heldBy]).toEqual(isHeld ? [['A'], [pid]] : [[], []]);
  });

  it('ignores a row whose holder changes, because the row is busy', async () => {
    const first = await lock(`UPDATE stock_items SET updated_at = now() WHERE sku = 'A'`);
    await lock(`UPDATE stock_items SET updated_at = now() WHERE sku = 'B'`);
    const requests = [place('A'), place('B')];
    const held = await find(requests, async () => {
      await first.release();
      await lock(`UPDATE stock_items SET updated_at = now() WHERE sku = 'A'`);
    });
    expect(requests.map(held.isHeld)).toEqual([false, true]);
  });

  it('does not make other transactions wait during the pause', async () => {
    await lock(`UPDATE stock_items SET updated_at = now() WHERE sku = 'A'`);
    await find([place('A', 'B')], async () => {
      await db.admin.query(
        `SET lock_timeout = '1s'; UPDATE stock_items SET updated_at = now() WHERE sku = 'B'`,
      );
    });
  });
});
