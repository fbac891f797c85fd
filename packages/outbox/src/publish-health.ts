import type { BatchReport, DelayedMessage } from './publish-batch.js';

// /readyz must report that nothing is published within 30 s. A short failure is no reason.
const FAILING_MS = 25_000;
// A blocked message is tried again within 15 s, so a reason older than this is over.
const BLOCKED_MS = 20_000;
// How long after a message was due again its failure is forgotten. Another relay may have taken it.
const LATE_MS = 10_000;

/**
 * Decides from the reports of the batches why messages are not published although the relay tries.
 * An outage of the whole broker is none of its business.
 */
export function createPublishHealth(monotonicNow: () => number) {
  let failing: { readonly since: number; reason: string; until: number } | null = null;
  let blocked: { readonly reason: string; readonly until: number } | null = null;

  return {
    record({ published, failed, blocked: waiting }: BatchReport): void {
      const now = monotonicNow();
      const [first] = waiting;
      if (first !== undefined) blocked = { reason: first.reason, until: now + BLOCKED_MS };
      const unpublished: readonly DelayedMessage[] = [...waiting, ...failed];
      const [cause] = unpublished;
      if (published.length > 0) failing = null;
      else if (cause !== undefined) {
        if (failing !== null && failing.until < now) failing = null;
        const until = now + LATE_MS + Math.max(...unpublished.map((one) => one.nextAttemptInMs));
        failing = {
          since: failing?.since ?? now,
          reason: cause.reason,
          until: Math.max(until, failing?.until ?? 0),
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
