import { describe, expect, it } from 'vitest';
import { createStallDetector } from './stall-detector.js';

function start() {
  let now = 1_000;
  const stalls = createStallDetector({ activity: 'placing orders', monotonicNow: () => now });
  return {
    stalls,
    pass: (seconds: number) => {
      now += seconds * 1_000;
    },
    fail: () => stalls.track(() => Promise.reject(new Error('locked'))).catch(() => {}),
    succeed: () => stalls.track(async () => 'done'),
    /** Starts an attempt and returns the function that ends it. */
    hang() {
      let end = () => {};
      const attempt = stalls.track(
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

describe('createStallDetector', () => {
  it('reports nothing without work, and settles with the outcome of the attempt', async () => {
    const { stalls, pass } = start();
    pass(1_000);
    expect(stalls.stallReason()).toBeNull();
    expect(await stalls.track(async () => 7)).toBe(7);
    await expect(stalls.track(() => Promise.reject(new Error('locked')))).rejects.toThrow('locked');
  });

  it('reports an attempt after 25 s in progress, until it ends, even if others succeed', async () => {
    const { stalls, pass, hang, succeed } = start();
    const end = hang();
    pass(24);
    expect(stalls.stallReason()).toBeNull();
    pass(1);
    await succeed();
    expect(stalls.stallReason()).toBe('placing orders: in progress for 25 s');
    await end();
    expect(stalls.stallReason()).toBeNull();
  });

  it('reports attempts that fail for 25 s until one succeeds', async () => {
    const { stalls, pass, fail, succeed } = start();
    for (let attempt = 0; attempt < 4; attempt += 1) {
      await fail();
      expect(stalls.stallReason()).toBeNull();
      pass(attempt < 3 ? 7 : 5);
    }
    expect(stalls.stallReason()).toBe('placing orders: failing for 26 s; see the log');
    await succeed();
    expect(stalls.stallReason()).toBeNull();
    await fail();
    expect(stalls.stallReason()).toBeNull();
  });

  it('forgets failures after 30 s without an attempt, because another process has the work', async () => {
    const { stalls, pass, fail } = start();
    await fail();
    pass(29);
    await fail();
    pass(2);
    expect(stalls.stallReason()).not.toBeNull();
    pass(29);
    expect(stalls.stallReason()).toBeNull();
    await fail();
    expect(stalls.stallReason()).toBeNull();
  });

  it('does not count an old failure against new work', async () => {
    const { stalls, pass, fail, hang } = start();
    await fail();
    pass(7 * 3_600);
    const end = hang();
    expect(stalls.stallReason()).toBeNull();
    await end();
  });
});
