import { withDeadline } from './deadline.js';

/** Runs calls one after the other, in the order in which they were made. */
export interface OneAtATime {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when the calls made so far are over, or the time is up; never rejects. */
  settled(ms: number): Promise<void>;
}

export function oneAtATime(): OneAtATime {
  let underWay: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const call = underWay.then(work);
      underWay = call.catch(() => undefined);
      return call;
    },
    async settled(ms) {
      await withDeadline(underWay, ms).catch(() => undefined);
    },
  };
}
