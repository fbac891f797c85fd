/** The session's time-out: by then the group has given the partitions to others. */
const silenceMs = 10_000;

/** What a consumer's events say of whether messages can arrive. */
export interface Liveness {
  joined(): void;
  left(reason: string): void;
  /** A fetch or a heartbeat that the broker answered. */
  answered(): void;
  silentMs(): number;
  notReadyBecause(): string | null;
}

/** Monotonic time: a step of the wall clock is no silence. */
export function createLiveness(now = () => performance.now()): Liveness {
  let absent: string | null = 'not in its consumer group yet';
  let lastAnswer = now();
  const silentMs = () => now() - lastAnswer;
  return {
    joined() {
      absent = null;
      lastAnswer = now();
    },
    left(reason) {
      absent = reason;
    },
    answered() {
      lastAnswer = now();
    },
    silentMs,
    notReadyBecause() {
      if (absent !== null) return absent;
      if (silentMs() <= silenceMs) return null;
      return `no answer from Kafka for ${Math.round(silentMs() / 1000)} s`;
    },
  };
}
