import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHeldRecords } from './held-records.js';

describe('commits', () => {
  function process() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const held = createHeldRecords({
      deadLetterTopic: 'dlq',
      park: async () => [],
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    const commit = vi.fn(async (_offset: string) => {});
    return { held, commit, batch: (next: number) => held.advance('orders/0', BigInt(next), commit) };
  }
  afterEach(() => void vi.useRealTimers());

  it('commits many batches once, within a second', async () => {
    const { commit, batch } = process();
    for (let next = 1; next <= 100; next += 1) await batch(next);
    expect(commit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(commit.mock.calls).toEqual([['100']]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(commit).toHaveBeenCalledOnce();
  });

  it('repeats a failed commit with the newest offset', async () => {
    const { commit, batch } = process();
    commit.mockRejectedValueOnce(new Error('REBALANCE_IN_PROGRESS'));
    await batch(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await batch(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(commit.mock.calls).toEqual([['1'], ['2']]);
  });

  it('commits at once before the consumer leaves the group', async () => {
    const { held, commit, batch } = process();
    await batch(1);
    await held.commitAtOnce();
    expect(commit.mock.calls).toEqual([['1']]);
    await batch(2);
    expect(commit.mock.calls).toEqual([['1'], ['2']]);
  });

  it('does not repeat a commit that fails after the end', async () => {
    const { held, commit, batch } = process();
    commit.mockImplementation(() => Promise.reject(new Error('closed')));
    await held.commitAtOnce();
    held.stop();
    await batch(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(commit).toHaveBeenCalledOnce();
  });

  it('commits nothing of an earlier assignment', async () => {
    const { held, commit, batch } = process();
    await batch(1);
    held.reset();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(commit).not.toHaveBeenCalled();
  });
});
