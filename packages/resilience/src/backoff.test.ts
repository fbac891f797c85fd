import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

const bounds = fc
  .record({ baseMs: fc.integer({ min: 2, max: 100_000 }), factor: fc.integer({ min: 1, max: 1_000 }) })
  .map(({ baseMs, factor }) => ({ baseMs, capMs: baseMs * factor }));
const failures = fc.integer({ min: 1, max: 1_000_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffMs', () => {
  it.each([
    [1, 500, 1_000],
    [2, 1_000, 2_000],
    [3, 2_000, 4_000],
    [9, 128_000, 256_000],
    [10, 150_000, 300_000],
    [100_000, 150_000, 300_000],
  ])('after %i failures is between %i and %i ms', (count, least, most) => {
    const policy = { baseMs: 1_000, capMs: 300_000 };
    expect(backoffMs(policy, count, 0)).toBe(least);
    expect(backoffMs(policy, count, 1 - 1e-9)).toBe(most);
  });

  it('is never above the cap, and never below half the base', () => {
    fc.assert(
      fc.property(bounds, failures, random, (policy, count, jitter) => {
        const delay = backoffMs(policy, count, jitter);
        expect(delay).toBeLessThanOrEqual(policy.capMs);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(policy.baseMs / 2));
        expect(Number.isSafeInteger(delay)).toBe(true);
      }),
    );
  });

  it('never decreases with another failure at the same jitter', () => {
    fc.assert(
      fc.property(bounds, failures, random, (policy, count, jitter) => {
        expect(backoffMs(policy, count + 1, jitter)).toBeGreaterThanOrEqual(backoffMs(policy, count, jitter));
      }),
    );
  });

  it('treats zero failures like one', () => {
    fc.assert(
      fc.property(bounds, random, (policy, jitter) => {
        expect(backoffMs(policy, 0, jitter)).toBe(backoffMs(policy, 1, jitter));
      }),
    );
  });
});
