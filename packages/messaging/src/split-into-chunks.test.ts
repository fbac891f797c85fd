import { expect, it } from 'vitest';
import { halve, splitIntoChunks } from './split-into-chunks.js';

const split = (sizes: number[]) => splitIntoChunks(sizes, { bytes: 10, count: 3 }, (size) => size);

it('fills chunks in order up to the bytes and the count', () => {
  expect(split([4, 6, 1, 1, 1, 1])).toEqual([[4, 6], [1, 1, 1], [1]]);
});

it('gives an item that is over the limit a chunk of its own', () => {
  expect(split([1, 99, 1])).toEqual([[1], [99], [1]]);
});

it('makes no chunk of nothing', () => {
  expect(split([])).toEqual([]);
});

it('halves a chunk so that both halves are smaller, in order', () => {
  expect(halve([1, 2, 3])).toEqual([[1, 2], [3]]);
  expect(halve([1, 2])).toEqual([[1], [2]]);
});
