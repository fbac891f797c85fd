// The relay republishes a skipped message after at most RETRY_CAP_SECONDS, 300 s by default. If the
// message does not return, another instance has processed it.
const FORGET_MS = 330_000;
const REPORT_MS = 25_000;
const MAX_REMEMBERED = 10_000;

/** Remembers messages that wait for locked rows, to report long waits. */
export function createLockedMessages(monotonicNow: () => number) {
  const waiting = new Map<string, { readonly since: number; readonly last: number }>();
  return {
    skipped(messageIds: readonly string[]): void {
      const last = monotonicNow();
      for (const id of messageIds) {
        const since = waiting.get(id)?.since ?? last;
        if (waiting.size < MAX_REMEMBERED || waiting.has(id)) waiting.set(id, { since, last });
      }
    },
    answered(messageIds: readonly string[]): void {
      if (waiting.size > 0) for (const id of messageIds) waiting.delete(id);
    },
    /** A readiness check. Returns null, or how long messages have been waiting. */
    lockReason(): string | null {
      const now = monotonicNow();
      for (const [id, { last }] of waiting) if (now - last > FORGET_MS) waiting.delete(id);
      const since = Math.min(...[...waiting.values()].map((message) => message.since));
      if (now - since < REPORT_MS || waiting.size === 0) return null;
      const seconds = Math.floor((now - since) / 1_000);
      return `${waiting.size} messages wait for rows that another database session holds, for ${seconds} s; see the log`;
    },
  };
}
