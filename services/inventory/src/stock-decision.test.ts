import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideStock, type Placement, type StockState } from './stock-decision.js';

const state = (available: Record<string, number>): StockState => ({
  available: new Map(Object.entries(available)),
  reservations: new Map(),
});
const place = (orderId: string, ...items: [string, number][]): Placement => ({
  orderId,
  items: items.map(([sku, quantity]) => ({ sku, quantity })),
});

describe('the stock decision', () => {
  it('deducts every line of an order that can be served', () => {
    const decision = decideStock(state({ KEYBOARD: 5, MOUSE: 1 }), [
      place('a', ['KEYBOARD', 2], ['MOUSE', 1]),
    ]);
    expect(decision.outcomes).toEqual([{ outcome: 'SUCCEEDED' }]);
    expect(decision.movements).toEqual([
      { orderId: 'a', sku: 'KEYBOARD', kind: 'DEDUCT', delta: -2, left: 3 },
      { orderId: 'a', sku: 'MOUSE', kind: 'DEDUCT', delta: -1, left: 0 },
    ]);
    expect(decision.reservations).toEqual([{ orderId: 'a', status: 'RESERVED', reason: null }]);
  });

  it('deducts nothing of an order with one line that can not be served, and names it', () => {
    const decision = decideStock(state({ KEYBOARD: 5, MOUSE: 1 }), [
      place('a', ['KEYBOARD', 2], ['MOUSE', 2]),
    ]);
    expect(decision.movements).toEqual([]);
    expect(decision.outcomes).toEqual([
      { outcome: 'REJECTED', reason: 'not enough MOUSE: 2 ordered, 1 available' },
    ]);
  });

  it('rejects an unknown sku by its name', () => {
    const decision = decideStock(state({}), [place('a', ['NOPE', 1])]);
    expect(decision.outcomes).toEqual([{ outcome: 'REJECTED', reason: 'unknown sku NOPE' }]);
  });

  it('lets the last piece go to the first order of the batch', () => {
    const decision = decideStock(state({ KEYBOARD: 1 }), [
      place('a', ['KEYBOARD', 1]),
      place('b', ['KEYBOARD', 1]),
    ]);
    expect(decision.outcomes.map((o) => o.outcome)).toEqual(['SUCCEEDED', 'REJECTED']);
  });

  it('moves no stock for an order that has a reservation, whatever its state', () => {
    for (const [status, outcome] of [
      ['RESERVED', 'SUCCEEDED'],
      ['REJECTED', 'REJECTED'],
      ['RELEASED', 'REJECTED'],
      ['CANCELLED', 'REJECTED'],
    ] as const) {
      const reservations = new Map([['a', { orderId: 'a', status, reason: null }]]);
      const decision = decideStock({ available: new Map([['KEYBOARD', 5]]), reservations }, [
        place('a', ['KEYBOARD', 1]),
      ]);
      expect(decision.movements).toEqual([]);
      expect(decision.reservations).toEqual([]);
      expect(decision.outcomes[0]?.outcome).toBe(outcome);
    }
  });

  const skus = ['A', 'B', 'C'];
  const placements = fc.array(
    fc.record({
      orderId: fc.constantFrom('1', '2', '3', '4', '5', '6'),
      items: fc.uniqueArray(
        fc.record({ sku: fc.constantFrom(...skus, 'UNKNOWN'), quantity: fc.integer({ min: 1, max: 4 }) }),
        { minLength: 1, maxLength: 4, selector: (item) => item.sku },
      ),
    }),
    { maxLength: 20 },
  );
  const stock = fc.record({ A: fc.nat(6), B: fc.nat(6), C: fc.nat(6) });

  it('never lets stock go below zero, deducts an order wholly or not at all, and at most once', () => {
    fc.assert(
      fc.property(stock, placements, (initial, orders) => {
        const decision = decideStock(state(initial), orders);
        const left: Record<string, number> = { ...initial };
        for (const { sku, delta } of decision.movements) {
          left[sku] = (left[sku] ?? 0) + delta;
          expect(left[sku]).toBeGreaterThanOrEqual(0);
        }
        for (const { orderId, status } of decision.reservations) {
          const first = orders.find((order) => order.orderId === orderId);
          const moved = decision.movements.filter((m) => m.orderId === orderId).map((m) => [m.sku, -m.delta]);
          const wanted = first?.items.map((item) => [item.sku, item.quantity]);
          expect(moved).toEqual(status === 'RESERVED' ? wanted : []);
        }
        expect(new Set(decision.reservations.map((r) => r.orderId)).size).toBe(decision.reservations.length);
      }),
    );
  });

  it('gives the same result in one batch as in many', () => {
    fc.assert(
      fc.property(stock, placements, (initial, orders) => {
        const whole = decideStock(state(initial), orders);
        const available = new Map(Object.entries(initial));
        const reservations = new Map();
        const outcomes = orders.flatMap((order) => {
          const step = decideStock({ available, reservations }, [order]);
          for (const m of step.movements) available.set(m.sku, m.left);
          for (const r of step.reservations) reservations.set(r.orderId, r);
          return step.outcomes;
        });
        expect(outcomes).toEqual(whole.outcomes);
      }),
    );
  });
});
