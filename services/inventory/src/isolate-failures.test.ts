import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isolateFailures } from './isolate-failures.js';

const poison = new Error('refused');
const outage = new Error('down');

/** A database that refuses every batch with one of `bad` in it. */
function aDatabase(bad: ReadonlySet<number>) {
  const effects: number[] = [];
  const calls: (readonly number[])[] = [];
  let pauses = 0;
  const isolate = (messages: readonly number[], fail?: (call: number) => Error | null) =>
    isolateFailures(messages, {
      async process(part) {
        calls.push(part);
        const failure = fail?.(calls.length) ?? null;
        if (failure !== null) throw failure;
        if (part.some((message) => bad.has(message))) throw poison;
        effects.push(...part);
        return part;
      },
      mayPass: (error) => error === outage,
      async pause() {
        pauses += 1;
      },
    });
  return { effects, calls, isolate, pauses: () => pauses };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('a batch', () => {
  it('is processed as a whole when nothing is wrong', async () => {
    const { calls, isolate } = aDatabase(new Set());
    expect(await isolate(numbers(100))).toEqual({ processed: [numbers(100)], givenUp: [] });
    expect(calls).toHaveLength(1);
  });

  it('loses exactly the messages that are impossible, and keeps the order of the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.uniqueArray(fc.nat(60), { maxLength: 8 }), async (count, bad) => {
        const messages = numbers(count);
        const { effects, isolate } = aDatabase(new Set(bad));
        const { processed, givenUp } = await isolate(messages);
        expect(givenUp.map(({ message }) => message)).toEqual(messages.filter((m) => bad.includes(m)));
        expect(effects).toEqual(messages.filter((m) => !bad.includes(m)));
        expect(processed.flat()).toEqual(effects);
      }),
    );
  });

  it('needs few transactions to find one among many', async () => {
    const { calls, isolate } = aDatabase(new Set([37]));
    expect((await isolate(numbers(1_000))).givenUp).toEqual([{ message: 37, error: poison }]);
    expect(calls.length).toBeLessThan(25);
  });

  it('gives a message up only at its third failure, with a pause between', async () => {
    const { calls, isolate, pauses } = aDatabase(new Set([0]));
    expect((await isolate([0])).givenUp).toEqual([{ message: 0, error: poison }]);
    expect([calls.length, pauses()]).toEqual([3, 2]);
  });

  it('does not give up a message that succeeds when tried again', async () => {
    const { effects, isolate } = aDatabase(new Set());
    const { givenUp } = await isolate([0], (call) => (call < 3 ? poison : null));
    expect([givenUp, effects]).toEqual([[], [0]]);
  });

  it.each([1, 2, 3, 5])('comes again as a whole when call %i meets an outage', async (call) => {
    const { isolate } = aDatabase(new Set([3]));
    await expect(isolate(numbers(8), (now) => (now === call ? outage : null))).rejects.toBe(outage);
  });

  it('of nothing is nothing', async () => {
    const { calls, isolate } = aDatabase(new Set());
    expect(await isolate([])).toEqual({ processed: [], givenUp: [] });
    expect(calls).toEqual([]);
  });
});
