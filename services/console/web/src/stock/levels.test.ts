import type { StockMovementView } from '@lmt/contracts';
import { expect, it } from 'vitest';
import { toLevels } from './levels.ts';

const move = (at: number, delta: number): StockMovementView => ({
  id: String(at),
  orderId: null,
  sku: 'MOUSE',
  kind: 'ADJUST',
  delta,
  createdAt: new Date(at).toISOString(),
});
const pairs = (source: Parameters<typeof toLevels>[0]) =>
  toLevels(source).map(({ at, available }) => [at, available]);

it('computes the stock backwards from its present value', () => {
  const movements = [move(500, -1), move(300, 10), move(50, 3)];
  expect(pairs({ available: 9, movements, from: 100, to: 600 })).toEqual([
    [100, 0],
    [300, 10],
    [500, 9],
    [600, 9],
  ]);
});

it('begins at the oldest known movement', () => {
  const movements = [move(500, -1), move(300, 8)];
  expect(pairs({ available: 7, movements, from: 100, to: 600 })).toEqual([
    [300, 8],
    [500, 7],
    [600, 7],
  ]);
});

it('shows one level for movements of the same time, the newest', () => {
  const movements = [move(300, -1), move(300, -1), move(100, 9)];
  expect(pairs({ available: 7, movements, from: 100, to: 600 })).toEqual([
    [100, 9],
    [300, 7],
    [600, 7],
  ]);
});

it('keeps a movement within the chart whose clock is ahead', () => {
  const movements = [move(900, -1), move(100, 8)];
  expect(pairs({ available: 7, movements, from: 100, to: 600 })).toEqual([
    [100, 8],
    [600, 7],
  ]);
});
