import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createInventoryTestDatabase, type InventoryTestDatabase } from '../inventory.fixture.js';
import { adjustStock } from './adjust.js';

let db: InventoryTestDatabase;
let inventory: InventoryDatabase;
beforeAll(async () => {
  db = await createInventoryTestDatabase();
  inventory = db.connect();
});
beforeEach(() => db.empty());
afterEach(async () => expect(await db.inconsistencies()).toEqual([]));
afterAll(() => db.close());

const request = (sku: string, delta: number, key: string | null, actor = 'ada') =>
  adjustStock(inventory, { sku, delta, reason: 'count', actor, key });
/** Adjusts without a key. Returns null if the adjustment is refused. */
async function adjust(sku: string, delta: number) {
  const adjustment = await request(sku, delta, null);
  return adjustment.kind === 'adjusted' ? adjustment.item : null;
}
const MOST = 2_147_483_647;

describe('adjusting stock', () => {
  it('creates an unknown sku and its movement for a positive delta', async () => {
    expect(await adjust('KEYBOARD', 5)).toEqual({ sku: 'KEYBOARD', available: 5 });
    const { stock, movements } = await db.snapshot();
    expect(stock).toEqual({ KEYBOARD: 5 });
    expect(movements).toEqual([
      { order_id: null, sku: 'KEYBOARD', kind: 'ADJUST', delta: 5, reason: 'count' },
    ]);
  });

  it('adds and subtracts, each with its movement', async () => {
    await db.stock({ KEYBOARD: 5 });
    expect(await adjust('KEYBOARD', 3)).toEqual({ sku: 'KEYBOARD', available: 8 });
    expect(await adjust('KEYBOARD', -8)).toEqual({ sku: 'KEYBOARD', available: 0 });
    expect((await db.snapshot()).movements.map(({ delta }) => delta)).toEqual([5, 3, -8]);
  });

  it.each([
    ['to less than zero', { KEYBOARD: 5 }, -6],
    ['to more than the largest integer', { KEYBOARD: MOST - 5 }, 6],
    ['of an unknown sku by a negative delta', { MOUSE: 1 }, -1],
  ])('rejects a change %s, and writes no movement', async (_name, stock, delta) => {
    await db.stock(stock);
    const before = await db.snapshot();
    expect(await adjust('KEYBOARD', delta)).toBeNull();
    expect(await db.snapshot()).toEqual(before);
  });

  it('allows a change to exactly the largest integer', async () => {
    await db.stock({ KEYBOARD: MOST - 5 });
    expect(await adjust('KEYBOARD', 5)).toEqual({ sku: 'KEYBOARD', available: MOST });
  });

  it('adds up concurrent adjustments, including those that create the sku', async () => {
    const adjusted = await Promise.all(Array.from({ length: 30 }, () => adjust('KEYBOARD', 2)));
    expect(new Set(adjusted.map((item) => item?.available)).size).toBe(30);
    const taken = await Promise.all(Array.from({ length: 30 }, () => adjust('KEYBOARD', -3)));
    expect(taken.filter((item) => item !== null)).toHaveLength(20);
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 0 });
  });
});

describe('adjust-twice: an adjustment with an idempotency key', () => {
  const adjusted = (available: number) => ({ kind: 'adjusted', item: { sku: 'KEYBOARD', available } });
  const replayed = (available: number) => ({ ...adjusted(available), kind: 'replayed' });

  it('takes effect once, and a repeat gets the first answer even after other adjustments', async () => {
    expect(await request('KEYBOARD', 5, 'delivery 7')).toEqual(adjusted(5));
    await adjust('KEYBOARD', 90);
    expect(await request('KEYBOARD', 5, 'delivery 7')).toEqual(replayed(5));
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 95 });
  });

  it('takes effect once for many concurrent repeats, also if it uses up or creates the stock', async () => {
    for (const [key, delta, left] of [
      ['create', 5, 5],
      ['use up', -5, 0],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => request('KEYBOARD', delta, key)));
      expect(answers.filter(({ kind }) => kind === 'adjusted')).toEqual([adjusted(left)]);
      expect(answers.filter(({ kind }) => kind === 'replayed')).toEqual(Array(11).fill(replayed(left)));
    }
    expect((await db.snapshot()).movements.map(({ delta }) => delta)).toEqual([5, -5]);
  });

  it('does not take effect if the key was used for another adjustment', async () => {
    await request('KEYBOARD', 5, 'k');
    const others = [
      request('KEYBOARD', 6, 'k'),
      request('MOUSE', 5, 'k'),
      adjustStock(inventory, { sku: 'KEYBOARD', delta: 5, reason: 'other', actor: 'ada', key: 'k' }),
    ];
    expect(await Promise.all(others)).toEqual(Array(3).fill({ kind: 'key-reused' }));
    expect((await db.snapshot()).stock).toEqual({ KEYBOARD: 5 });
  });

  it('belongs to its operator', async () => {
    await request('KEYBOARD', 5, 'k', 'ada');
    expect(await request('KEYBOARD', 5, 'k', 'grace')).toEqual(adjusted(10));
  });

  it('can be reused after a refused adjustment', async () => {
    expect(await request('KEYBOARD', -5, 'k')).toEqual({ kind: 'refused' });
    await adjust('KEYBOARD', 5);
    expect(await request('KEYBOARD', -5, 'k')).toEqual(adjusted(0));
  });
});
