import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toPercentiles } from './percentiles.js';

it('returns the nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(toPercentiles(values)).toEqual({ p50: 100, p95: 190, p99: 198 });
  expect(toPercentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  expect(toPercentiles([10, 9])).toEqual({ p50: 9, p95: 10, p99: 10 });
  expect(toPercentiles([])).toBeNull();
});

it('returns the smallest value that the percentage of values does not exceed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 300 }), (values) => {
      const covers = (percent: number, value: number) =>
        values.filter((one) => one <= value).length * 100 >= percent * values.length;
      const smallest = (percent: number) => Math.min(...values.filter((value) => covers(percent, value)));
      expect(toPercentiles(values)).toEqual({ p50: smallest(50), p95: smallest(95), p99: smallest(99) });
    }),
  );
});
