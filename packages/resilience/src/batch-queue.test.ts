import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchQueue, OverloadedError } from './batch-queue.js';
import { fulfilled, gate } from './gate.fixture.js';

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
