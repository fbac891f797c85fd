import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIsolation } from './bisect-failures.js';

const poison = new Error('refused');
const outage = new Error('down');

/** A database that refuses every batch with one of `bad` in it, and fails a call as it is told. */
function aDatabase(bad: ReadonlySet<number>, failure: (call: number) => Error | null = () => null) {
  const effects: number[] = [];
  const calls: (readonly number[])[] = [];
  let pauses = 0;
  const isolate = createIsolation<number>({
    async process(part) {
      calls.push(part);
      const error = failure(calls.length);
      if (error !== null) throw error;
      if (part.some((message) => bad.has(message))) throw poison;
      effects.push(...part);
    },
    mayPass: (error) => error === outage,
    async pause() {
      pauses += 1;
    },
  });
  return { effects, calls, isolate, pauses: () => pauses };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const all = new Set(numbers(1_000));

describe('a batch', () => {
  it('is processed as a whole when nothing is wrong', async () => {
    const { calls, isolate } = aDatabase(new Set());
    expect(await isolate(numbers(100))).toEqual([]);
    expect(calls).toEqual([numbers(100)]);
  });

  it('loses exactly the messages that are impossible, and keeps the order of the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.uniqueArray(fc.nat(60), { maxLength: 8 }), async (count, bad) => {
        const good = numbers(count).filter((message) => !bad.includes(message));
        fc.pre(good.length > 0);
        const { effects, isolate } = aDatabase(new Set(bad));
        const givenUp = await isolate(numbers(count));
        expect(givenUp.map(({ message }) => message)).toEqual(numbers(count).filter((m) => bad.includes(m)));
        expect(effects).toEqual(good);
      }),
    );
  });

  it('needs few transactions to find one among many', async () => {
    const { calls, isolate } = aDatabase(new Set([37]));
    expect(await isolate(numbers(1_000))).toEqual([{ message: 37, error: poison }]);
    expect(calls.length).toBeLessThan(25);
  });

  it('gives a message up only at its third failure, with a pause between', async () => {
    const { calls, isolate, pauses } = aDatabase(new Set([0]));
    expect(await isolate([0])).toEqual([{ message: 0, error: poison }]);
    expect([calls.length, pauses()]).toEqual([3, 2]);
  });

  it('does not give up a message that succeeds when tried again', async () => {
    const { effects, isolate } = aDatabase(new Set(), (call) => (call < 3 ? poison : null));
    expect(await isolate([0])).toEqual([]);
    expect(effects).toEqual([0]);
  });

  it.each([1, 2, 3, 5])('comes again as a whole when call %i meets an outage', async (call) => {
    const { isolate } = aDatabase(new Set([3]), (now) => (now === call ? outage : null));
    await expect(isolate(numbers(8))).rejects.toBe(outage);
  });

  it('of nothing is nothing', async () => {
    const { calls, isolate } = aDatabase(new Set());
    expect(await isolate([])).toEqual([]);
    expect(calls).toEqual([]);
  });
});

describe('a database that refuses everything', () => {
  it('makes no message a dead letter, and is not asked three times for each', async () => {
    const { isolate, pauses } = aDatabase(all);
    await expect(isolate(numbers(100))).rejects.toBe(poison);
    expect(pauses()).toBe(10);
  });

  it('gives up the first five that come alone, and none after that until one succeeds', async () => {
    const { isolate } = aDatabase(new Set(numbers(20)));
    for (const message of numbers(5)) expect(await isolate([message])).toHaveLength(1);
    await expect(isolate([5])).rejects.toBe(poison);
    await expect(isolate([5])).rejects.toBe(poison);
    expect(await isolate([5, 20])).toEqual([{ message: 5, error: poison }]);
    expect(await isolate([6])).toHaveLength(1);
  });
});
