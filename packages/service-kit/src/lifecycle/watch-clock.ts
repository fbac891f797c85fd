import type { Logger } from 'pino';

/** The clocks and the way out; `process` and its own by default. */
export interface ClockHooks {
  /** Milliseconds since the epoch, as somebody may set them. */
  readonly wallNow: () => number;
  /** Milliseconds that never run backwards. */
  readonly monotonicNow: () => number;
  /** Calls `look` again and again without keeping the process alive. */
  readonly every: (ms: number, look: () => void) => void;
  readonly exit: (code: number) => void;
}

const LOOK_MS = 1_000;
const MOST_DRIFT_MS = 1_000;

const OWN_HOOKS: ClockHooks = {
  wallNow: () => Date.now(),
  monotonicNow: () => performance.now(),
  every: (ms, look) => void setInterval(look, ms).unref(),
  exit: (code) => process.exit(code),
};

/**
 * Ends the process with exit code 1, to be started again, when the wall clock was stepped by more than
 * a second between two looks. After a step back kafkajs sends no heartbeats and node-cron has no ticks
 * until the old time is reached again, while the process looks alive.
 *
 * What was under way is as after a crash at that line: leases run out, batches come again. A process
 * that was only stopped (SIGSTOP) goes on, since both clocks did. The monotonic clock stands still while
 * the whole machine sleeps: waking up counts as a step, and rightly so, as every connection is gone.
 * A clock that is slewed, as NTP does it, never moves by a second in a second.
 */
export function watchClock(logger: Logger, { wallNow, monotonicNow, every, exit } = OWN_HOOKS): void {
  const drift = () => wallNow() - monotonicNow();
  let before = drift();
  every(LOOK_MS, () => {
    const now = drift();
    const steppedMs = now - before;
    before = now;
    if (Math.abs(steppedMs) <= MOST_DRIFT_MS) return;
    const steppedBySeconds = Math.round(steppedMs / 100) / 10;
    logger.fatal({ steppedBySeconds }, 'the clock was stepped; exiting to be started again');
    exit(1);
  });
}
