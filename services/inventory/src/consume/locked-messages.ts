// The relay republishes a skipped message after at most RETRY_CAP_SECONDS, 300 s by default. If the
// message does not return, another instance has rejected it.
const FORGET_MS = 330_000;
const REPORT_MS = 25_000;
const MAX_REMEMBERED = 1_000;

export interface LockedMessagesOptions {
  readonly monotonicNow: () => number;
  /** Returns the ids that any instance has processed. */
  readonly findProcessed: (messageIds: readonly string[]) => Promise<readonly string[]>;
}

/** Remembers messages that wait for locked rows, to report long waits. */
export function createLockedMessages({ monotonicNow, findProcessed }: LockedMessagesOptions) {
  const waiting = new Map<string, { readonly since: number; readonly last: number }>();

  /** Returns how long messages have been waiting, or null if the wait is short. */
  function findLongWait(): string | null {
    const now = monotonicNow();
    for (const [id, { last }] of waiting) if (now - last > FORGET_MS) waiting.delete(id);
    const since = Math.min(...[...waiting.values()].map((message) => message.since));
    if (now - since < REPORT_MS || waiting.size === 0) return null;
    const seconds = Math.floor((now - since) / 1_000);
    const who = waiting.size === 1 ? '1 message waits' : `${waiting.size} messages wait`;
    return `${who} for rows that another database session holds, for ${seconds} s; see the log`;
  }

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
    /**
     * A readiness check. Returns null, or how long messages have been waiting. Asks the database
     * first, because another instance may have processed them after a rebalance.
     */
    async lockReason(): Promise<string | null> {
      if (findLongWait() === null) return null;
      for (const id of await findProcessed([...waiting.keys()])) waiting.delete(id);
      return findLongWait();
    },
  };
}
