import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.js';

function start() {
  let now = 1_000;
  const progress = createProgress({ what: 'a batch', monotonicNow: () => now });
  return {
    progress,
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    fail: () => progress.attempt(() => Promise.reject(new Error('locked'))).catch(() => {}),
    succeed: () => progress.attempt(async () => 'done'),
    /** An attempt that ends when told to. */
    hang() {
      let end = () => {};
      const attempt = progress.attempt(
        () =>
          new Promise<void>((resolve) => {
            end = resolve;
          }),
      );
      return () => {
        end();
        return attempt;
      };
    },
  };
}

describe('progress', () => {
  it('is fine without work, and settles as the work does', async () => {
    const { progress, pass } = start();
    pass(1_000);
    expect(progress.stalledBecause()).toBeNull();
    expect(await progress.attempt(async () => 7)).toBe(7);
    await expect(progress.attempt(() => Promise.reject(new Error('locked')))).rejects.toThrow('locked');
  });

  it('stalls while an attempt has been under way for 25 s, and no longer', async () => {
    const { progress, pass, hang, succeed } = start();
    const end = hang();
    pass(24);
    expect(progress.stalledBecause()).toBeNull();
    pass(1);
    await succeed();
    expect(progress.stalledBecause()).toBe('a batch has been under way for 25 s');
    await end();
    expect(progress.stalledBecause()).toBeNull();
  });

  it('stalls when attempts fail for 25 s, until one succeeds', async () => {
    const { progress, pass, fail, succeed } = start();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await fail();
      expect(progress.stalledBecause()).toBeNull();
      pass(attempt < 3 ? 7 : 5);
    }
    expect(progress.stalledBecause()).toMatch(/^a batch has failed again and again for 26 s/);
    await succeed();
    expect(progress.stalledBecause()).toBeNull();
    await fail();
    expect(progress.stalledBecause()).toBeNull();
  });

  it('forgets failures that nobody tries to mend: the work went elsewhere', async () => {
    const { progress, pass, fail } = start();
    await fail();
    pass(29);
    await fail();
    pass(2);
    expect(progress.stalledBecause()).not.toBeNull();
    pass(29);
    expect(progress.stalledBecause()).toBeNull();
    await fail();
    expect(progress.stalledBecause()).toBeNull();
  });

  it('does not take an old failure for one that goes on, when work comes again', async () => {
    const { progress, pass, fail, hang } = start();
    await fail();
    pass(7 * 3_600);
    const end = hang();
    expect(progress.stalledBecause()).toBeNull();
    await end();
  });
});
