import { describe, expect, it } from 'vitest';
import { dueAt, dueCount } from './schedule.js';

describe('dueAt', () => {
  it('spaces the requests evenly and does not add up rounding', () => {
    expect(dueAt(0, 300)).toBe(0);
    expect(dueAt(1, 1_000)).toBe(1);
    expect(dueAt(300_000, 300)).toBe(1_000_000);
  });
});

describe('dueCount', () => {
  it('has nothing due before the start and the first request at it', () => {
    expect(dueCount(-0.1, 100, 10)).toBe(0);
    expect(dueCount(0, 100, 10)).toBe(1);
  });

  it('catches up after a stall: nothing is left out', () => {
    expect(dueCount(9.9, 100, 10)).toBe(1);
    expect(dueCount(35, 100, 10)).toBe(4);
  });

  it('ends with the last request', () => {
    expect(dueCount(1e9, 100, 10)).toBe(10);
  });

  it.each([3, 7, 100, 333, 1_000, 4_321])('agrees with dueAt at %d requests a second', (rate) => {
    for (let index = 0; index < 1_000; index += 1) {
      expect(dueCount(dueAt(index, rate), rate, 1_000)).toBe(index + 1);
    }
  });
});
