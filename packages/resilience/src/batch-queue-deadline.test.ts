import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AbandonedError, createBatchQueue } from './batch-queue.js';
import { fulfilled, gate } from './gate.fixture.js';

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
