import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideStock,
  type Movement,
  type ReservationStatus,
  type StockDecision,
  type StockRequest,
  type StockState,
} from './decide.js';

type Lines = [string, number][];
const toItems = (lines: Lines) => lines.map(([sku, quantity]) => ({ sku, quantity }));
const state = (
  available: Record<string, number>,
  known: Record<string, ReservationStatus> = {},
  deducted: Record<string, Lines> = {},
): StockState => ({
  available: new Map(Object.entries(available)),
  reservations: new Map(
    Object.entries(known).map(([orderId, status]) => [orderId, { orderId, status, reason: null }]),
  ),
  deducted: new Map(Object.entries(deducted).map(([orderId, lines]) => [orderId, toItems(lines)])),
});
const place = (orderId: string, ...lines: Lines): StockRequest => ({
  kind: 'place',
  orderId,
  items: toItems(lines),
});
const cancel = (orderId: string): StockRequest => ({ kind: 'cancel', orderId });

const toOutcomes = ({ effects }: StockDecision) => effects.map(({ outcome }) => outcome);
const toOutcomeNames = (decision: StockDecision) => toOutcomes(decision).map(({ outcome }) => outcome);
const WAS_CANCELLED = { outcome: 'REJECTED', reason: 'the order was cancelled' };

describe('placing', () => {
  it('deducts every item of an order if all are available', () => {
    const decision = decideStock(state({ KEYBOARD: 5, MOUSE: 1 }), [
      place('a', ['KEYBOARD', 2], ['MOUSE', 1]),
    ]);
    expect(toOutcomes(decision)).toEqual([{ outcome: 'SUCCEEDED' }]);
    expect(decision.movements).toEqual([
      { orderId: 'a', sku: 'KEYBOARD', kind: 'DEDUCT', delta: -2, left: 3 },
      { orderId: 'a', sku: 'MOUSE', kind: 'DEDUCT', delta: -1, left: 0 },
    ]);
    expect(decision.effects[0]?.movements).toEqual(decision.movements);
    expect(decision.reservations).toEqual([{ orderId: 'a', status: 'RESERVED', reason: null }]);
  });

  it('deducts nothing if one item is not available, and names that item', () => {
    const decision = decideStock(state({ KEYBOARD: 5, MOUSE: 1 }), [
      place('a', ['KEYBOARD', 2], ['MOUSE', 2]),
    ]);
    expect(decision.movements).toEqual([]);
    expect(toOutcomes(decision)).toEqual([
      { outcome: 'REJECTED', reason: 'not enough MOUSE: 2 ordered, 1 available' },
    ]);
  });

  it('rejects an unknown sku and names it in the reason', () => {
    const decision = decideStock(state({}), [place('a', ['NOPE', 1])]);
    expect(toOutcomes(decision)).toEqual([{ outcome: 'REJECTED', reason: 'unknown sku NOPE' }]);
  });

  it('gives the last unit to the first order of the batch', () => {
    const decision = decideStock(state({ KEYBOARD: 1 }), [
      place('a', ['KEYBOARD', 1]),
      place('b', ['KEYBOARD', 1]),
    ]);
    expect(toOutcomeNames(decision)).toEqual(['SUCCEEDED', 'REJECTED']);
  });

  it.each([
    ['RESERVED', 'SUCCEEDED'],
    ['REJECTED', 'REJECTED'],
    ['RELEASED', 'REJECTED'],
    ['CANCELLED', 'REJECTED'],
  ] as const)('moves no stock for an order that is already %s', (status, outcome) => {
    const decision = decideStock(state({ KEYBOARD: 5 }, { a: status }), [place('a', ['KEYBOARD', 1])]);
    expect(decision).toMatchObject({ movements: [], reservations: [], effects: [{ changed: false }] });
    expect(toOutcomeNames(decision)).toEqual([outcome]);
  });
});

describe('cancelling', () => {
  it('gives back the stock that the movements record as deducted', () => {
    const before = state({ KEYBOARD: 5, MOUSE: 0 }, { a: 'RESERVED' }, { a: [['MOUSE', 3]] });
    const decision = decideStock(before, [cancel('a')]);
    expect(toOutcomes(decision)).toEqual([{ outcome: 'SUCCEEDED' }]);
    expect(decision.movements).toEqual([{ orderId: 'a', sku: 'MOUSE', kind: 'RELEASE', delta: 3, left: 3 }]);
    expect(decision.reservations).toEqual([{ orderId: 'a', status: 'RELEASED', reason: null }]);
  });

  it('gives back the stock of the first placement even if a second placement names other items', () => {
    const decision = decideStock(state({ KEYBOARD: 9, MOUSE: 9 }), [
      place('a', ['KEYBOARD', 2]),
      place('a', ['MOUSE', 5]),
      cancel('a'),
    ]);
    expect(decision.movements.map(({ sku, delta }) => [sku, delta])).toEqual([
      ['KEYBOARD', -2],
      ['KEYBOARD', 2],
    ]);
  });

  it('before the placement leaves a tombstone, so a later placement deducts nothing', () => {
    const decision = decideStock(state({ KEYBOARD: 5 }), [cancel('a'), place('a', ['KEYBOARD', 1])]);
    expect(toOutcomes(decision)).toEqual([{ outcome: 'SUCCEEDED' }, WAS_CANCELLED]);
    expect(decision.movements).toEqual([]);
    expect(decision.reservations).toEqual([{ orderId: 'a', status: 'CANCELLED', reason: null }]);
  });

  it.each(['REJECTED', 'RELEASED', 'CANCELLED'] as const)(
    'succeeds and does not change an order that is %s',
    (status) => {
      const decision = decideStock(state({}, { a: status }), [cancel('a'), cancel('a')]);
      expect(decision).toMatchObject({ movements: [], reservations: [] });
      expect(toOutcomeNames(decision)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    },
  );

  it('keeps the reason of an order that was rejected in the same batch', () => {
    const decision = decideStock(state({}), [place('a', ['NOPE', 1]), cancel('a'), place('a', ['NOPE', 1])]);
    expect(toOutcomeNames(decision)).toEqual(['REJECTED', 'SUCCEEDED', 'REJECTED']);
    expect(decision.reservations).toEqual([{ orderId: 'a', status: 'REJECTED', reason: 'unknown sku NOPE' }]);
  });

  it('frees stock for the next order of the batch', () => {
    const decision = decideStock(state({ KEYBOARD: 1 }), [
      place('a', ['KEYBOARD', 1]),
      cancel('a'),
      place('b', ['KEYBOARD', 1]),
    ]);
    expect(toOutcomeNames(decision)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(decision.movements.at(-1)).toMatchObject({ orderId: 'b', left: 0 });
  });
});

describe('placing and cancelling in any order and repeatedly', () => {
  const orderId = fc.constantFrom('1', '2', '3', '4', '5');
  const items = fc.uniqueArray(
    fc.record({ sku: fc.constantFrom('A', 'B', 'C', 'UNKNOWN'), quantity: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1, maxLength: 4, selector: (item) => item.sku },
  );
  const request: fc.Arbitrary<StockRequest> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('place' as const), orderId, items }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), orderId }) },
  );
  const requests = fc.array(request, { maxLength: 25 });
  const stock = fc.record({ A: fc.nat(8), B: fc.nat(8), C: fc.nat(8) });

  /** A model of one order. The first request decides, and a cancellation undoes a placement. */
  function model(initial: Record<string, number>, asked: readonly StockRequest[]) {
    const left: Record<string, number> = { ...initial };
    const orders: Record<string, { status: ReservationStatus; took: Record<string, number> }> = {};
    const outcomes = asked.map((one) => {
      const order = orders[one.orderId];
      if (one.kind === 'cancel') {
        if (order?.status === 'RESERVED') {
          for (const [sku, quantity] of Object.entries(order.took)) left[sku] = (left[sku] ?? 0) + quantity;
          orders[one.orderId] = { status: 'RELEASED', took: {} };
        }
        if (order === undefined) orders[one.orderId] = { status: 'CANCELLED', took: {} };
        return 'SUCCEEDED';
      }
      if (order !== undefined) return order.status === 'RESERVED' ? 'SUCCEEDED' : 'REJECTED';
      if (one.items.some(({ sku, quantity }) => (left[sku] ?? 0) < quantity)) {
        orders[one.orderId] = { status: 'REJECTED', took: {} };
        return 'REJECTED';
      }
      for (const { sku, quantity } of one.items) left[sku] = (left[sku] ?? 0) - quantity;
      const took = Object.fromEntries(one.items.map(({ sku, quantity }) => [sku, quantity]));
      orders[one.orderId] = { status: 'RESERVED', took };
      return 'SUCCEEDED';
    });
    return { left, orders, outcomes };
  }

  /** The sum of an order's movements per sku, without zeros. */
  function sums(movements: readonly Movement[], id: string): Record<string, number> {
    const total: Record<string, number> = {};
    for (const { orderId, sku, delta } of movements) {
      if (orderId === id) total[sku] = (total[sku] ?? 0) - delta;
    }
    return Object.fromEntries(Object.entries(total).filter(([, taken]) => taken !== 0));
  }

  it('agrees with the model: all of an order or nothing, and stock never below zero', () => {
    fc.assert(
      fc.property(stock, requests, (initial, asked) => {
        const decision = decideStock(state(initial), asked);
        const expected = model(initial, asked);
        expect(toOutcomeNames(decision)).toEqual(expected.outcomes);

        const left: Record<string, number> = { ...initial };
        for (const movement of decision.movements) {
          left[movement.sku] = (left[movement.sku] ?? 0) + movement.delta;
          expect(movement.left).toBe(left[movement.sku]);
          expect(movement.left).toBeGreaterThanOrEqual(0);
        }
        expect(left).toEqual(expected.left);

        const statuses = Object.fromEntries(decision.reservations.map((r) => [r.orderId, r.status]));
        expect(statuses).toEqual(
          Object.fromEntries(Object.entries(expected.orders).map(([id, { status }]) => [id, status])),
        );
        for (const [id, { took }] of Object.entries(expected.orders)) {
          expect(sums(decision.movements, id)).toEqual(took);
        }
        // Required by UNIQUE (order_id, sku, kind) of the table.
        const keys = decision.movements.map(({ orderId, sku, kind }) => `${orderId} ${sku} ${kind}`);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same result in one batch as in several consecutive batches', () => {
    fc.assert(
      fc.property(stock, requests, (initial, asked) => {
        const whole = decideStock(state(initial), asked);
        const available = new Map(Object.entries(initial));
        const reservations = new Map();
        const written: Movement[] = [];
        const effects = asked.flatMap((one) => {
          const ofOrder = written.filter(({ orderId, kind }) => orderId === one.orderId && kind === 'DEDUCT');
          const deducted = new Map([
            [one.orderId, ofOrder.map(({ sku, delta }) => ({ sku, quantity: -delta }))],
          ]);
          const step = decideStock({ available, reservations, deducted }, [one]);
          for (const movement of step.movements) available.set(movement.sku, movement.left);
          for (const reservation of step.reservations) reservations.set(reservation.orderId, reservation);
          written.push(...step.movements);
          return step.effects;
        });
        expect(effects).toEqual(whole.effects);
        expect([...reservations.values()].sort(byOrder)).toEqual([...whole.reservations].sort(byOrder));
      }),
    );
  });

  it('ends in the same state however often each message is redelivered', () => {
    fc.assert(
      fc.property(stock, requests, fc.nat(2), (initial, asked, times) => {
        const once = decideStock(state(initial), asked);
        const again = decideStock(
          state(initial),
          asked.flatMap((one) => Array<StockRequest>(times + 1).fill(one)),
        );
        expect(again.movements).toEqual(once.movements);
        expect(again.reservations).toEqual(once.reservations);
      }),
    );
  });
});

function byOrder(a: { orderId: string }, b: { orderId: string }): number {
  return a.orderId < b.orderId ? -1 : 1;
}
