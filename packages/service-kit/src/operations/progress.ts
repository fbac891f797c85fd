/** Attempts at work that comes again until it succeeds, and whether any still do. */
export interface Progress {
  /** Runs an attempt; settles as it does. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /** A readiness check: null while work succeeds, or there is none; otherwise why it stands still. */
  stalledBecause(): string | null;
}

export interface ProgressOptions {
  /** What is attempted, as the reason calls it: `a batch`. */
  readonly what: string;
  /** Milliseconds that never run backwards. */
  readonly monotonicNow?: () => number;
}

// How long work may stand still before it counts: less than the 30 s within which people are to see it.
const STALLED_MS = 25_000;
// Failures that nobody has tried to mend for so long are forgotten: the work went to another process.
// Longer than the pause between two attempts.
const FORGOTTEN_MS = 30_000;

/**
 * Tells a process that works from one that only looks alive: whose work hangs (a connection cut without
 * a word, a lock that somebody holds), or fails again and again while its other checks pass.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { what, monotonicNow = () => performance.now() } = options;
  const underWay = new Set<{ readonly since: number }>();
  let failing: { readonly since: number; last: number } | null = null;

  const seconds = (since: number) => Math.floor((monotonicNow() - since) / 1_000);

  return {
    async attempt(work) {
      const one = { since: monotonicNow() };
      if (failing !== null && one.since - failing.last > FORGOTTEN_MS) failing = null;
      underWay.add(one);
      try {
        const result = await work();
        failing = null;
        return result;
      } catch (error) {
        const last = monotonicNow();
        failing ??= { since: one.since, last };
        failing.last = last;
        throw error;
      } finally {
        underWay.delete(one);
      }
    },
    stalledBecause() {
      const now = monotonicNow();
      // The first is the oldest: a set keeps the order of arrival.
      const [oldest] = underWay;
      if (oldest && now - oldest.since >= STALLED_MS) {
        return `${what} has been under way for ${seconds(oldest.since)} s`;
      }
      const goesOn = failing !== null && (underWay.size > 0 || now - failing.last <= FORGOTTEN_MS);
      if (failing === null || !goesOn || now - failing.since < STALLED_MS) return null;
      return `${what} has failed again and again for ${seconds(failing.since)} s; the log says why`;
    },
  };
}
