import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TimeoutError, withTimeout } from './with-timeout.js';

const never = new Promise<never>(() => {});
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('withTimeout', () => {
  it('settles with the outcome of the work, and leaves no timer', async () => {
    const before = timers();
    expect(await withTimeout(Promise.resolve(7), 60_000)).toBe(7);
    await expect(withTimeout(Promise.reject(new Error('refused')), 60_000)).rejects.toThrow('refused');
    expect(timers()).toBe(before);
  });

  it('rejects with a TimeoutError when the work does not settle in time', async () => {
    const outcome = withTimeout(never, 10);
    await expect(outcome).rejects.toBeInstanceOf(TimeoutError);
    await expect(outcome).rejects.toThrow('no answer within 0.01 s');
  });

  it('rejects with the error that onTimeout returns', async () => {
    await expect(withTimeout(never, 10, () => new RangeError('too slow'))).rejects.toThrow(
      new RangeError('too slow'),
    );
  });

  it('ignores a failure of the work after the timeout', async () => {
    const late = sleep(20).then(() => Promise.reject(new Error('late')));
    await expect(withTimeout(late, 5)).rejects.toBeInstanceOf(TimeoutError);
    // An unhandled rejection would fail the test run.
    await sleep(30);
  });
});
