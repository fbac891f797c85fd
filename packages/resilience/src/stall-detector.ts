/** Watches work that is retried until it succeeds, and reports when it makes no progress. */
export interface StallDetector {
  /** Runs one attempt and settles with its outcome. */
  track<T>(attempt: () => Promise<T>): Promise<T>;
  /** A readiness check: null while attempts succeed or none are made, otherwise the reason. */
  stallReason(): string | null;
}

export interface StallDetectorOptions {
  /** Name of the work in the reason, such as `placing orders`. */
  readonly activity: string;
  /** An attempt that takes longer than this counts as stalled. */
  readonly stallMs?: number;
  readonly monotonicNow?: () => number;
}

// /readyz must report a stall within 30 s.
const STALL_MS = 25_000;
// After this long without an attempt the failures are forgotten, because another process has taken
// over the work. Must be longer than the pause between two attempts.
const FORGET_MS = 30_000;

/**
 * Detects work that hangs (on a half-open connection, or on a lock that another session holds) or
 * keeps failing, while the process still passes its other checks.
 */
export function createStallDetector(options: StallDetectorOptions): StallDetector {
  const { activity, stallMs = STALL_MS, monotonicNow = () => performance.now() } = options;
  // The running attempts. A set keeps insertion order, so the oldest attempt is first.
  const running = new Set<{ readonly since: number }>();
  let failing: { readonly since: number; readonly last: number } | null = null;

  return {
    async track(attempt) {
      const started = { since: monotonicNow() };
      if (failing !== null && started.since - failing.last > FORGET_MS) failing = null;
      running.add(started);
      try {
        const result = await attempt();
        failing = null;
        return result;
      } catch (error) {
        failing = { since: failing?.since ?? started.since, last: monotonicNow() };
        throw error;
      } finally {
        running.delete(started);
      }
    },
    stallReason() {
      const now = monotonicNow();
      const secondsSince = (time: number) => Math.floor((now - time) / 1_000);
      const [oldest] = running;
      if (oldest && now - oldest.since >= stallMs) {
        return `${activity}: in progress for ${secondsSince(oldest.since)} s`;
      }
      if (failing === null || now - failing.since < stallMs) return null;
      if (running.size === 0 && now - failing.last > FORGET_MS) return null;
      return `${activity}: failing for ${secondsSince(failing.since)} s; see the log`;
    },
  };
}
