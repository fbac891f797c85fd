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

const state = (available: Record<string, number>): StockState => ({
  available: new Map(Object.entries(available)),
  reservations: new Map(),
  deducted: new Map(),
});

const toOutcomes = ({ effects }: StockDecision) => effects.map(({ outcome }) => outcome);
const toOutcomeNames = (decision: StockDecision) => toOutcomes(decision).map(({ outcome }) => outcome);

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
