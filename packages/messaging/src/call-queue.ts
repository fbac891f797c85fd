import { withTimeout } from '@lmt/resilience';

/** Runs calls one after the other, in the order in which they were made. */
export interface CallQueue {
  run<T>(call: () => Promise<T>): Promise<T>;
  /** Resolves when the calls made so far have ended or the time is up; never rejects. */
  drain(ms: number): Promise<void>;
}

export function createCallQueue(): CallQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(call) {
      const result = last.then(call);
      last = result.catch(() => undefined);
      return result;
    },
    async drain(ms) {
      await withTimeout(last, ms).catch(() => undefined);
    },
  };
}
