import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFailureBisection } from './bisect-failures.js';

const poison = new Error('rejected');
const outage = new Error('down');

/**
 * A fake database that rejects any batch with a `bad` message and skips `locked` messages.
 * `failure` may make a call fail.
 */
function aDatabase(
  bad: ReadonlySet<number>,
  failure: (call: number) => Error | null = () => null,
  locked: ReadonlySet<number> = new Set(),
) {
  const effects: number[] = [];
  const calls: (readonly number[])[] = [];
  let pauses = 0;
  const processBatch = createFailureBisection<number>({
    async process(part) {
      calls.push(part);
      const error = failure(calls.length);
      if (error !== null) throw error;
      if (part.some((message) => bad.has(message))) throw poison;
      const processed = part.filter((message) => !locked.has(message));
      effects.push(...processed);
      return processed.length > 0;
    },
    isTransient: (error) => error === outage,
    async pause() {
      pauses += 1;
    },
  });
  return { effects, calls, processBatch, pauses: () => pauses };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const all = new Set(numbers(1_000));

describe('a batch', () => {
  it('is processed as a whole when all messages are valid', async () => {
    const { calls, processBatch } = aDatabase(new Set());
    expect(await processBatch(numbers(100))).toEqual([]);
    expect(calls).toEqual([numbers(100)]);
  });

  it('rejects exactly the bad messages and keeps the others in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.uniqueArray(fc.nat(60), { maxLength: 8 }), async (count, bad) => {
        const good = numbers(count).filter((message) => !bad.includes(message));
        fc.pre(good.length > 0);
        const { effects, processBatch } = aDatabase(new Set(bad));
        const rejected = await processBatch(numbers(count));
        expect(rejected.map(({ message }) => message)).toEqual(numbers(count).filter((m) => bad.includes(m)));
        expect(effects).toEqual(good);
      }),
    );
  });

  it('needs few transactions to find one bad message among many', async () => {
    const { calls, processBatch } = aDatabase(new Set([37]));
    expect(await processBatch(numbers(1_000))).toEqual([{ message: 37, error: poison }]);
    expect(calls.length).toBeLessThan(25);
  });

  it('rejects a message after its third failure, with a pause before each retry', async () => {
    const { calls, processBatch, pauses } = aDatabase(new Set([0]));
    expect(await processBatch([0])).toEqual([{ message: 0, error: poison }]);
    expect([calls.length, pauses()]).toEqual([3, 2]);
  });

  it('does not reject a message whose retry succeeds', async () => {
    const { effects, processBatch } = aDatabase(new Set(), (call) => (call < 3 ? poison : null));
    expect(await processBatch([0])).toEqual([]);
    expect(effects).toEqual([0]);
  });

  it.each([1, 2, 3, 5])('fails as a whole when an outage interrupts call %i', async (call) => {
    const { processBatch } = aDatabase(new Set([3]), (now) => (now === call ? outage : null));
    await expect(processBatch(numbers(8))).rejects.toBe(outage);
  });

  it('may be empty', async () => {
    const { calls, processBatch } = aDatabase(new Set());
    expect(await processBatch([])).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe('a database that rejects everything', () => {
  it('rejects no message and does not try every message three times', async () => {
    const { processBatch, pauses } = aDatabase(all);
    await expect(processBatch(numbers(100))).rejects.toBe(poison);
    expect(pauses()).toBe(10);
  });

  it('does not reject a message after skipped messages, because a skipped message is not a success', async () => {
    const { processBatch } = aDatabase(new Set(numbers(10)), () => null, new Set([10, 11]));
    await expect(processBatch(numbers(12))).rejects.toBe(poison);
  });

  it('rejects the first five lone messages, then none until one succeeds', async () => {
    const { processBatch } = aDatabase(new Set(numbers(20)));
    for (const message of numbers(5)) expect(await processBatch([message])).toHaveLength(1);
    await expect(processBatch([5])).rejects.toBe(poison);
    await expect(processBatch([5])).rejects.toBe(poison);
    expect(await processBatch([5, 20])).toEqual([{ message: 5, error: poison }]);
    expect(await processBatch([6])).toHaveLength(1);
  });
});
