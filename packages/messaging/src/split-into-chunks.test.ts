import { expect, it } from 'vitest';
import { splitIntoChunks } from './split-into-chunks.js';

const split = (sizes: number[]) => splitIntoChunks(sizes, { bytes: 10, count: 3 }, (size) => size);

it('fills chunks in order up to the bytes and the count', () => {
  expect(split([4, 6, 1, 1, 1, 1])).toEqual([[4, 6], [1, 1, 1], [1]]);
});

it('puts an item that exceeds the limit into a chunk of its own', () => {
  expect(split([1, 99, 1])).toEqual([[1], [99], [1]]);
});

it('returns no chunks for no items', () => {
  expect(split([])).toEqual([]);
});
