import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttemptInMs, postponementMs } from './retry-policy.js';

const policy = { resultDeadlineMs: 10_000, baseMs: 5_000, capMs: 300_000 };
const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

describe('the retry policy', () => {
  it('waits exactly the result deadline after the first publication', () => {
    expect(nextAttemptInMs(policy, 1, 0.7)).toBe(10_000);
  });

  it('adds at least half a back-off step after each repetition, within the cap', () => {
    const delays = [2, 3, 4, 9, 1_000].map((attempt) => nextAttemptInMs(policy, attempt, 0));
    expect(delays).toEqual([12_500, 15_000, 20_000, 160_000, 160_000]);
  });

  it('postpones a blocked message by half its age, by 1 to 15 s', () => {
    expect([0, 1_000, 10_000, 3_600_000].map((age) => postponementMs(age, 0.999_99))).toEqual([
      1_000, 1_000, 5_000, 15_000,
    ]);
    expect(postponementMs(-7_200_000, 0)).toBe(500);
  });

  it('never schedules a republication before the result deadline', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (attempt, r) => {
        expect(nextAttemptInMs(policy, attempt, r)).toBeGreaterThanOrEqual(policy.resultDeadlineMs);
      }),
    );
  });
});
