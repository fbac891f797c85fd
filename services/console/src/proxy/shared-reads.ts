const SHARED_MS = 500;

export type SharedReads = ReturnType<typeof createSharedReads>;

/**
 * Shares reads, so that ten browsers cost as much as one. A read with the key of a read that is in
 * flight or began less than half a second ago gets the same outcome.
 */
export function createSharedReads() {
  const reads = new Map<string, Promise<unknown>>();

  return {
    share<T>(key: string, read: () => Promise<T>): Promise<T> {
      // Equal keys have equal types: a key is a path or belongs to one route.
      const shared = reads.get(key) as Promise<T> | undefined;
      if (shared !== undefined) return shared;
      const started = performance.now();
      const fresh = read();
      reads.set(key, fresh);
      const forget = () => {
        if (reads.get(key) === fresh) reads.delete(key);
      };
      const expire = () =>
        void setTimeout(forget, Math.max(0, started + SHARED_MS - performance.now())).unref();
      fresh.then(expire, expire);
      return fresh;
    },
    /** Later reads see the effect of a write that has been answered. */
    forgetAll(): void {
      reads.clear();
    },
  };
}
