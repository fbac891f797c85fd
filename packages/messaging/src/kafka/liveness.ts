/** The session's time-out: by then the group has given the partitions to others. */
const silenceMs = 10_000;
/** How long one partition's batch may fail again and again before it counts. */
const standstillMs = 25_000;
/** A failure that nobody has repeated for so long is over: the partition went to another member. */
const forgottenMs = 30_000;

/** What a consumer's events say of whether messages can arrive. */
export interface Liveness {
  joined(): void;
  left(reason: string): void;
  /** A fetch or a heartbeat that the broker answered. */
  answered(): void;
  silentMs(): number;
  /** A batch of this partition failed and comes again. */
  failed(partition: string): void;
  succeeded(partition: string): void;
  notReadyBecause(): string | null;
}

/** Monotonic time: a step of the wall clock is no silence. */
export function createLiveness(now = () => performance.now()): Liveness {
  let absent: string | null = 'not in its consumer group yet';
  let lastAnswer = now();
  const failing = new Map<string, { readonly since: number; last: number }>();

  function standstill(): string | null {
    for (const [partition, { since, last }] of failing) {
      if (now() - last > forgottenMs) failing.delete(partition);
      else if (now() - since >= standstillMs)
        return `batches of ${partition} have failed again and again for ${Math.floor((now() - since) / 1_000)} s`;
    }
    return null;
  }

  const silentMs = () => now() - lastAnswer;
  return {
    joined() {
      absent = null;
      lastAnswer = now();
      failing.clear();
    },
    left(reason) {
      absent = reason;
    },
    answered() {
      lastAnswer = now();
    },
    silentMs,
    failed(partition) {
      const at = now();
      const known = failing.get(partition);
      if (known && at - known.last <= forgottenMs) known.last = at;
      else failing.set(partition, { since: at, last: at });
    },
    succeeded: (partition) => void failing.delete(partition),
    notReadyBecause() {
      if (absent !== null) return absent;
      if (silentMs() <= silenceMs) return standstill();
      return `no answer from Kafka for ${Math.round(silentMs() / 1000)} s`;
    },
  };
}
