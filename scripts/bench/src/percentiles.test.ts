import { describe, expect, it } from 'vitest';
import { percentile, toDistribution, toSpread } from './percentiles.js';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0, 1],
    [1, 1],
    [50, 50],
    [99, 99],
    [99.5, 100],
    [100, 100],
  ])('takes the nearest rank: p%d of 1..100 is %d', (percent, expected) => {
    expect(percentile(hundred, percent)).toBe(expected);
  });

  it('returns a single value for every percentile', () => {
    expect(percentile([7], 1)).toBe(7);
    expect(percentile([7], 99)).toBe(7);
  });

  it('never interpolates between two values', () => {
    expect(percentile([1, 1_000], 50)).toBe(1);
    expect(percentile([1, 1_000], 51)).toBe(1_000);
  });

  it('returns NaN without values', () => {
    expect(percentile([], 50)).toBeNaN();
  });
});

describe('toDistribution', () => {
  it('sorts numerically and does not change its input', () => {
    const values = [100, 9, 20];
    expect(toDistribution(values)).toEqual({ count: 3, p50: 20, p95: 100, p99: 100, max: 100 });
    expect(values).toEqual([100, 9, 20]);
  });
});

describe('toSpread', () => {
  it.each([
    [[3, 1, 2], { min: 1, median: 2, max: 3 }],
    [[100, 20, 9, 30], { min: 9, median: 25, max: 100 }],
    [[7], { min: 7, median: 7, max: 7 }],
  ])('summarises %j', (values, expected) => {
    expect(toSpread(values)).toEqual(expected);
  });

  it('returns NaN without values', () => {
    expect(toSpread([]).median).toBeNaN();
  });
});
