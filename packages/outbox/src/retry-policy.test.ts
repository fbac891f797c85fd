import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, nextAttemptInMs } from './retry-policy.js';

const policy = { resultDeadlineMs: 10_000, baseMs: 5_000, capMs: 300_000 };
const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

describe('the retry policy', () => {
  it('gives a first publication exactly the result deadline', () => {
    expect(nextAttemptInMs(policy, 1, 0.7)).toBe(10_000);
  });

  it('doubles the back-off with each attempt until the cap', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffMs(policy, failures, 0));
    expect(delays).toEqual([2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 150_000, 150_000]);
  });

  it('stays between half the step and the step, within the cap, for any number of failures', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), random, (failures, r) => {
        const delay = backoffMs(policy, failures, r);
        const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (Math.max(failures, 1) - 1));
        expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
        expect(delay).toBeLessThanOrEqual(ceiling);
      }),
    );
  });

  it('never schedules a republication before the result deadline', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (attempt, r) => {
        expect(nextAttemptInMs(policy, attempt, r)).toBeGreaterThanOrEqual(policy.resultDeadlineMs);
      }),
    );
  });

  it('spreads messages that failed together', () => {
    const delays = new Set(Array.from({ length: 50 }, (_, i) => backoffMs(policy, 3, i / 50)));
    expect(delays.size).toBeGreaterThan(40);
  });
});
