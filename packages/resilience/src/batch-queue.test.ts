import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AbandonedError, createBatchQueue, OverloadedError } from './batch-queue.js';

const fulfilled = <R>(value: R): PromiseSettledResult<R> => ({ status: 'fulfilled', value });

/** A process() that records its batches and finishes batch n when the test calls open[n]. */
function gate() {
  const batches: number[][] = [];
  const open: (() => void)[] = [];
  const process = (items: readonly number[]) =>
    new Promise<PromiseSettledResult<number>[]>((resolve) => {
      batches.push([...items]);
      open.push(() => resolve(items.map((item) => fulfilled(item * 10))));
    });
  return { batches, open, process };
}

describe('createBatchQueue', () => {
  it('processes a lone item at the end of the event-loop turn in which it arrived', async () => {
    const { batches, open, process } = gate();
    const queue = createBatchQueue({ maxItems: 10, maxWaiting: 10, process });
    const result = queue.submit(1);
    await turn();
    expect(batches).toEqual([[1]]);
    open[0]?.();
    expect(await result).toBe(10);
  });

  it('puts the items of one turn in a batch, and later items in the next batch', async () => {
    const { batches, open, process } = gate();
    const queue = createBatchQueue({ maxItems: 3, maxWaiting: 10, process });
    const results = [1, 2].map((item) => queue.submit(item));
    await turn();
    results.push(...[3, 4, 5, 6].map((item) => queue.submit(item)));
    await turn();
    expect(batches).toEqual([[1, 2]]);
    open[0]?.();
    await Promise.all(results.slice(0, 2));
    expect(batches).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    open[1]?.();
    await results[2];
    open[2]?.();
    expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('settles each item with its own outcome', async () => {
    const queue = createBatchQueue<number, string>({
      maxItems: 10,
      maxWaiting: 10,
      process: async (items) =>
        items.map((item) => (item < 0 ? { status: 'rejected', reason: `bad ${item}` } : fulfilled('good'))),
    });
    const results = await Promise.allSettled([queue.submit(1), queue.submit(-1)]);
    expect(results).toEqual([fulfilled('good'), { status: 'rejected', reason: 'bad -1' }]);
  });

  it('rejects the items of a batch that failed, threw or lost an outcome, and processes the next', async () => {
    const faults: (() => Promise<PromiseSettledResult<number>[]>)[] = [
      () => Promise.reject(new Error('down')),
      () => {
        throw new Error('thrown');
      },
      async () => [],
    ];
    const queue = createBatchQueue<number, number>({
      maxItems: 10,
      maxWaiting: 10,
      process: (items) => faults.shift()?.() ?? Promise.resolve(items.map(fulfilled)),
    });
    await expect(queue.submit(1)).rejects.toThrow('down');
    await expect(queue.submit(2)).rejects.toThrow('thrown');
    await expect(queue.submit(3)).rejects.toThrow('a batch of 1 items got 0 outcomes');
    expect(await queue.submit(4)).toBe(4);
  });

  it('rejects an item at once when maxWaiting items wait', async () => {
    const { open, process } = gate();
    const queue = createBatchQueue({ maxItems: 1, maxWaiting: 2, process });
    const first = queue.submit(1);
    await turn();
    const waiting = [queue.submit(2), queue.submit(3)];
    await expect(queue.submit(4)).rejects.toBeInstanceOf(OverloadedError);
    open[0]?.();
    await first;
    open[1]?.();
    await turn();
    open[2]?.();
    expect(await Promise.all(waiting)).toEqual([20, 30]);
  });

  it('limits a batch by weight; an item that is too heavy gets a batch of its own', async () => {
    const batches: number[][] = [];
    const queue = createBatchQueue<number, number>({
      maxItems: 10,
      maxWaiting: 10,
      maxWeight: 5,
      weigh: (item) => item,
      process: async (items) => {
        batches.push([...items]);
        return items.map(fulfilled);
      },
    });
    await Promise.all([2, 3, 9, 1, 4, 1].map((item) => queue.submit(item)));
    expect(batches).toEqual([[2, 3], [9], [1, 4], [1]]);
  });

  it('rejects an item at once when the waiting items are too heavy', async () => {
    const { open, process } = gate();
    const queue = createBatchQueue({
      maxItems: 1,
      maxWaiting: 10,
      maxWaitingWeight: 5,
      weigh: (item) => item,
      process,
    });
    const first = queue.submit(4);
    await turn();
    const second = queue.submit(4);
    await expect(queue.submit(2)).rejects.toBeInstanceOf(OverloadedError);
    const third = queue.submit(1);
    open[0]?.();
    expect(await first).toBe(40);
    const fourth = queue.submit(4);
    open[1]?.();
    await turn();
    open[2]?.();
    await turn();
    open[3]?.();
    expect(await Promise.all([second, third, fourth])).toEqual([40, 10, 40]);
  });

  it('drain resolves when no item is waiting or being processed', async () => {
    const { open, process } = gate();
    const queue = createBatchQueue({ maxItems: 1, maxWaiting: 10, process });
    await queue.drain();
    void queue.submit(1);
    void queue.submit(2);
    let drained = false;
    const drain = queue.drain().then(() => {
      drained = true;
    });
    await turn();
    open[0]?.();
    await turn();
    expect(drained).toBe(false);
    open[1]?.();
    await drain;
  });

  it('processes each item exactly once, in order of arrival, one batch at a time', async () => {
    const arrivals = fc.array(fc.record({ pause: fc.boolean(), fails: fc.boolean() }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1 }),
        async (items, maxItems, delays) => {
          const started: number[] = [];
          let running = 0;
          let batches = 0;
          const queue = createBatchQueue<number, number>({
            maxItems,
            maxWaiting: 1_000,
            process: async (batch) => {
              running += 1;
              expect(running).toBe(1);
              expect(batch.length).toBeGreaterThan(0);
              expect(batch.length).toBeLessThanOrEqual(maxItems);
              started.push(...batch);
              const delay = delays[batches++ % delays.length] ?? 0;
              for (let round = 0; round < delay; round += 1) await turn();
              running -= 1;
              return batch.map((item) =>
                items[item]?.fails ? { status: 'rejected', reason: item } : fulfilled(item),
              );
            },
          });
          const results: Promise<number>[] = [];
          for (const [index, { pause }] of items.entries()) {
            if (pause) await turn();
            const result = queue.submit(index);
            result.catch(() => {});
            results.push(result);
          }
          const settled = await Promise.allSettled(results);
          await queue.drain();
          expect(started).toEqual(items.map((_, index) => index));
          expect(settled).toEqual(
            items.map(({ fails }, index) =>
              fails ? { status: 'rejected', reason: index } : fulfilled(index),
            ),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('does not keep the event loop alive while idle', async () => {
    const queue = createBatchQueue<number, number>({
      maxItems: 1,
      maxWaiting: 1,
      process: async (items) => items.map(fulfilled),
    });
    await queue.submit(1);
    await sleep(5);
    expect(process.getActiveResourcesInfo()).not.toContain('Immediate');
  });
});

describe('a deadline', () => {
  /**
   * A queue whose process() waits for `open` and then claims its items. 100 and above are
   * repeatable.
   */
  function queueWithDeadline() {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { batches, open, process } = gate();
    const finish: (() => void)[] = [];
    const queue = createBatchQueue<number, number>({
      maxItems: 10,
      maxWaiting: 10,
      deadline: {
        ms: 1_000,
        toError: (item) => new Error(`${item} is late`),
        isRepeatable: (item) => item >= 100,
      },
      process: async (items, claim) => {
        const outcomes = await process(items);
        claim(items);
        await new Promise<void>((resolve) => finish.push(resolve));
        return outcomes;
      },
    });
    const submit = (item: number) => queue.submit(item).then(String, (error: Error) => error.message);
    return { batches, open, finish, submit, drain: queue.drain };
  }
  const OVERDUE = 'the item waited for more than 0.5 s';

  it('rejects items that waited for half the deadline without processing them, and processes the rest', async () => {
    const { batches, open, finish, submit, drain } = queueWithDeadline();
    const first = submit(1);
    await turn();
    const overdue = [submit(2), submit(3)];
    vi.advanceTimersByTime(501);
    const young = submit(4);
    open[0]?.();
    await turn();
    finish[0]?.();
    expect(await Promise.all([first, ...overdue])).toEqual(['10', OVERDUE, OVERDUE]);
    await turn();
    open[1]?.();
    await turn();
    finish[1]?.();
    expect(await young).toBe('40');
    expect(batches).toEqual([[1], [4]]);
    await drain();
  });

  it('rejects waiting and running items while their batch hangs', async () => {
    const { batches, open, submit, drain } = queueWithDeadline();
    const running = submit(1);
    await turn();
    const waiting = [submit(2), submit(100)];
    vi.advanceTimersByTime(1_000);
    expect(await Promise.all([running, ...waiting])).toEqual(['1 is late', '2 is late', '100 is late']);
    open[0]?.();
    await drain();
    // None of them takes effect afterwards.
    expect(batches).toEqual([[1]]);
  });

  it('makes a claim for an abandoned item fail, and processes the rest of the batch again', async () => {
    const { batches, open, finish, submit, drain } = queueWithDeadline();
    const first = submit(1);
    vi.advanceTimersByTime(400);
    const second = submit(2);
    await turn();
    vi.advanceTimersByTime(600);
    expect(await first).toBe('1 is late');
    open[0]?.();
    await turn();
    expect(batches).toEqual([[1, 2], [2]]);
    open[1]?.();
    await turn();
    finish[0]?.();
    expect(await second).toBe('20');
    await drain();
  });

  it('lets a repeatable item of a running batch take effect after its rejection', async () => {
    const { batches, open, finish, submit, drain } = queueWithDeadline();
    const late = submit(100);
    await turn();
    vi.advanceTimersByTime(1_000);
    expect(await late).toBe('100 is late');
    open[0]?.();
    await turn();
    expect(finish).toHaveLength(1);
    finish[0]?.();
    await drain();
    expect(batches).toEqual([[100]]);
  });

  it('does not reject a claimed item but waits for its outcome', async () => {
    const { open, finish, submit, drain } = queueWithDeadline();
    const claimed = submit(1);
    await turn();
    open[0]?.();
    await turn();
    vi.advanceTimersByTime(60_000);
    finish[0]?.();
    expect(await claimed).toBe('10');
    await drain();
  });

  it('never lets a rejected item take effect, at any timing of the deadlines', async () => {
    const step = fc.constantFrom('submit', 'advance', 'open', 'finish');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
        const effects = new Set<number>();
        const gates: (() => void)[] = [];
        const pass = () => new Promise<void>((resolve) => gates.push(resolve));
        const queue = createBatchQueue<number, number>({
          maxItems: 3,
          maxWaiting: 100,
          deadline: { ms: 1_000, toError: () => new Error('late'), isRepeatable: () => false },
          process: async (items, claim) => {
            await pass();
            claim(items);
            await pass();
            for (const item of items) effects.add(item);
            return items.map(fulfilled);
          },
        });
        const outcomes: Promise<PromiseSettledResult<number>[]>[] = [];
        for (const next of steps) {
          if (next === 'submit') outcomes.push(Promise.allSettled([queue.submit(outcomes.length)]));
          else if (next === 'advance') vi.advanceTimersByTime(260);
          else gates.shift()?.();
          await turn();
        }
        const drained = queue.drain();
        let isDrained = false;
        void drained.then(() => {
          isDrained = true;
        });
        while (!isDrained) {
          gates.shift()?.();
          await turn();
        }
        vi.useRealTimers();
        const settled = (await Promise.all(outcomes)).flat();
        const answered = settled.flatMap(({ status }, item) => (status === 'fulfilled' ? [item] : []));
        expect([...effects].sort((a, b) => a - b)).toEqual(answered);
      }),
      { numRuns: 150 },
    );
  });

  it('rejects a batch if process throws AbandonedError without an abandoned item', async () => {
    const queue = createBatchQueue<number, number>({
      maxItems: 1,
      maxWaiting: 1,
      process: () => Promise.reject(new AbandonedError('by itself')),
    });
    await expect(queue.submit(1)).rejects.toThrow('by itself');
  });
});
