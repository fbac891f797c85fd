import type { BatchReport, DelayedMessage } from './publish-batch.js';

// /readyz must report within 30 s that publishing fails. Shorter failures are not reported.
const FAILING_MS = 25_000;
// A failure is forgotten this long after its message was due again, because another relay may have
// claimed the message. Longer than the time to the next tick plus the publication.
const LATE_MS = 10_000;

/**
 * Derives from the batch reports why messages are not published. The publish loop reports an outage
 * of the whole broker.
 */
export function createPublishHealth(monotonicNow: () => number) {
  let failing: { readonly since: number; reason: string; until: number } | null = null;
  let blocked: { readonly reason: string; readonly until: number } | null = null;

  return {
    record({ published, failed, blocked: waiting }: BatchReport): void {
      const now = monotonicNow();
      const forgetAt = (delayed: readonly DelayedMessage[]) =>
        now + LATE_MS + Math.max(...delayed.map((one) => one.nextAttemptInMs));
      const [first] = waiting;
      if (first !== undefined) blocked = { reason: first.reason, until: forgetAt(waiting) };
      const unpublished: readonly DelayedMessage[] = [...waiting, ...failed];
      const [cause] = unpublished;
      if (published.length > 0) failing = null;
      else if (cause !== undefined) {
        if (failing !== null && failing.until < now) failing = null;
        failing = {
          since: failing?.since ?? now,
          reason: cause.reason,
          until: Math.max(forgetAt(unpublished), failing?.until ?? 0),
        };
      }
    },
    /** Returns why some or all messages are not published, or null. */
    reason(): string | null {
      const now = monotonicNow();
      if (failing !== null && now <= failing.until && now - failing.since >= FAILING_MS) {
        const seconds = Math.floor((now - failing.since) / 1_000);
        return `nothing was published for ${seconds} s: ${failing.reason}`;
      }
      return blocked !== null && now <= blocked.until ? `some messages wait: ${blocked.reason}` : null;
    },
  };
}
