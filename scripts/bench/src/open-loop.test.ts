import { describe, expect, it } from 'vitest';
import { dueAt, dueCount } from './open-loop.js';

describe('dueAt', () => {
  it('spaces the requests evenly, without accumulating rounding errors', () => {
    expect(dueAt(0, 300)).toBe(0);
    expect(dueAt(1, 1_000)).toBe(1);
    expect(dueAt(300_000, 300)).toBe(1_000_000);
  });
});

describe('dueCount', () => {
  it('returns 0 before the start and 1 at the start', () => {
    expect(dueCount(-0.1, 100, 10)).toBe(0);
    expect(dueCount(0, 100, 10)).toBe(1);
  });

  it('includes every request that became due during a stall', () => {
    expect(dueCount(9.9, 100, 10)).toBe(1);
    expect(dueCount(35, 100, 10)).toBe(4);
  });

  it('never exceeds the total', () => {
    expect(dueCount(1e9, 100, 10)).toBe(10);
  });

  it.each([3, 7, 100, 333, 1_000, 4_321])('agrees with dueAt at %d requests per second', (rate) => {
    for (let index = 0; index < 1_000; index += 1) {
      expect(dueCount(dueAt(index, rate), rate, 1_000)).toBe(index + 1);
    }
  });
});
