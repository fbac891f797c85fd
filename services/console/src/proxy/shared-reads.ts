const SHARED_MS = 500;
// A read that takes long costs its service a lot, such as a count of 50,000 messages. Shared for 50
// times as long as it took, it keeps a connection of the database busy for 2 % of the time.
const SHARED_PER_MS = 50;
const LONGEST_SHARED_MS = 5_000;

export type SharedReads = ReturnType<typeof createSharedReads>;

/**
 * Shares reads, so that ten browsers cost as much as one. A read with the key of a read that is in
 * flight or began less than half a second ago gets the same outcome. If `isCostly` accepts the
 * answer to a slow read, the answer is shared for longer, up to 5 s.
 */
export function createSharedReads() {
  const reads = new Map<string, Promise<unknown>>();

  return {
    share<T>(
      key: string,
      read: () => Promise<T>,
      isCostly: (answer: T) => boolean = () => false,
    ): Promise<T> {
      // Equal keys have equal types: a key is a path or belongs to one route.
      const shared = reads.get(key) as Promise<T> | undefined;
      if (shared !== undefined) return shared;
      const started = performance.now();
      const fresh = read();
      reads.set(key, fresh);
      const forget = () => {
        if (reads.get(key) === fresh) reads.delete(key);
      };
      const expireAfter = (ms: number) =>
        void setTimeout(forget, Math.max(0, started + ms - performance.now())).unref();
      fresh.then(
        (answer) => expireAfter(isCostly(answer) ? toSharedMs(performance.now() - started) : SHARED_MS),
        () => expireAfter(SHARED_MS),
      );
      return fresh;
    },
    /** Later reads see the effect of a write that has been answered. */
    forgetAll(): void {
      reads.clear();
    },
  };
}

function toSharedMs(tookMs: number): number {
  return Math.min(Math.max(SHARED_MS, tookMs * SHARED_PER_MS), LONGEST_SHARED_MS);
}
