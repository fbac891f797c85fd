import { describe, expect, it } from 'vitest';
import {
  decideStock,
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
