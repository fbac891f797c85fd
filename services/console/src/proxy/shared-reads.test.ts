import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSharedReads } from './shared-reads.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openReads() {
  const { share, forgetAll } = createSharedReads();
  const settle: (() => void)[] = [];
  let reads = 0;
  const read = (key = 'a', isCostly?: () => boolean) =>
    share(
      key,
      () => {
        reads += 1;
        const answer = reads;
        return new Promise<number>((resolve) => settle.push(() => resolve(answer)));
      },
      isCostly,
    );
  return { share, forgetAll, read, count: () => reads, settleAll: () => settle.splice(0).map((go) => go()) };
}

describe('createSharedReads', () => {
  it('shares a read that is in flight, however long it takes', async () => {
    const { read, settleAll } = openReads();
    const first = read();
    await vi.advanceTimersByTimeAsync(60_000);
    const second = read();
    settleAll();
    expect(await Promise.all([first, second])).toEqual([1, 1]);
  });

  it('shares the outcome until half a second after the start of the read', async () => {
    const { read, settleAll, count } = openReads();
    const first = read();
    await vi.advanceTimersByTimeAsync(20);
    settleAll();
    await first;
    await vi.advanceTimersByTimeAsync(479);
    expect(await read()).toBe(1);
    await vi.advanceTimersByTimeAsync(2);
    void read();
    expect(count()).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['a costly answer for 50 times as long as its read took', true, 40, 2_000],
    ['a costly answer for at most 5 s', true, 1_000, 5_000],
    ['another answer for half a second', false, 100, 500],
  ])('shares %s', async (_name, costly, tookMs, sharedMs) => {
    const { read, settleAll, count } = openReads();
    const first = read('a', () => costly);
    await vi.advanceTimersByTimeAsync(tookMs);
    settleAll();
    await first;
    await vi.advanceTimersByTimeAsync(sharedMs - tookMs - 1);
    void read();
    expect(count()).toBe(1);
    await vi.advanceTimersByTimeAsync(2);
    void read();
    expect(count()).toBe(2);
  });

  it('shares a failure for half a second, however long it took', async () => {
    const { share } = openReads();
    const fail = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      throw new Error('refused');
    });
    const expectFailure = async () => {
      const failure = expect(share('a', fail)).rejects.toThrow('refused');
      await vi.advanceTimersByTimeAsync(300);
      await failure;
    };
    await expectFailure();
    await expect(share('a', fail)).rejects.toThrow('refused');
    expect(fail).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(201);
    await expectFailure();
    expect(fail).toHaveBeenCalledTimes(2);
  });

  it('does not share reads with different keys', () => {
    const { read, count } = openReads();
    void read('a');
    void read('b');
    expect(count()).toBe(2);
  });

  it('reads again after a write, and the earlier read does not replace the later one', async () => {
    const { read, forgetAll, settleAll } = openReads();
    const before = read();
    await vi.advanceTimersByTimeAsync(20);
    forgetAll();
    const after = read();
    settleAll();
    expect(await Promise.all([before, after])).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(499);
    expect(await read()).toBe(2);
  });
});
