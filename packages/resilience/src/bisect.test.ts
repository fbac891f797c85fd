import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bisect } from './bisect.js';

/** Bisects the items 0..count-1. Every part that contains an offender is refused. */
async function run(count: number, offenders: ReadonlySet<number>) {
  const done: number[] = [];
  const rejected: number[] = [];
  let calls = 0;
  await bisect(
    Array.from({ length: count }, (_, index) => index),
    async (part) => {
      calls += 1;
      const offender = part.find((item) => offenders.has(item));
      if (offender !== undefined) return { reason: `because of ${offender}` };
      done.push(...part);
      return null;
    },
    (item, reason) => {
      expect(reason).toBe(`because of ${item}`);
      rejected.push(item);
    },
  );
  return { done, rejected, calls };
}

describe('bisect', () => {
  it('processes all items in one call if none offends, and makes no call without items', async () => {
    expect(await run(8, new Set())).toEqual({ done: [0, 1, 2, 3, 4, 5, 6, 7], rejected: [], calls: 1 });
    expect(await run(0, new Set())).toEqual({ done: [], rejected: [], calls: 0 });
  });

  it('rejects exactly the offenders and processes the others, each once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 200 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 199 })),
        async (count, chosen) => {
          const offenders = new Set(chosen.filter((item) => item < count));
          const { done, rejected } = await run(count, offenders);
          expect(rejected).toEqual([...offenders].toSorted((a, b) => a - b));
          const others = Array.from({ length: count }, (_, index) => index).filter(
            (item) => !offenders.has(item),
          );
          expect(done).toEqual(others);
        },
      ),
    );
  });

  it('isolates one offender among n items with at most 2 log2 n + 1 calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000 }), fc.nat(), async (count, choice) => {
        const { calls } = await run(count, new Set([choice % count]));
        expect(calls).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)) + 1);
      }),
    );
  });

  it('rethrows the error of process', async () => {
    const parts: (readonly number[])[] = [];
    const work = bisect(
      [1, 2],
      async (part) => {
        parts.push(part);
        if (part.length === 1) throw new Error('database down');
        return { reason: 'refused' };
      },
      () => expect.fail('nothing may be rejected'),
    );
    await expect(work).rejects.toThrow('database down');
    expect(parts).toEqual([[1, 2], [1]]);
  });
});
