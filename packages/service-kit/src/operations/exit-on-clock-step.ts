import type { Logger } from 'pino';

const CHECK_MS = 1_000;
const MAX_DRIFT_MS = 1_000;

/**
 * Exits with code 1, so that the supervisor restarts the process, when the wall clock was stepped
 * by more than a second between two checks. After a step back, kafkajs sends no heartbeats and
 * node-cron does not tick until the clock reaches the old time again, although the process looks
 * alive.
 *
 * Work in flight is treated as after a crash: leases expire and batches are redelivered. A process
 * that was only stopped (SIGSTOP) continues, because both clocks advanced. The monotonic clock
 * stops while the whole machine sleeps, so waking up counts as a step. A sleep breaks every
 * connection anyway. NTP slews a clock by less than a second per second, which does not count.
 */
export function exitOnClockStep(logger: Logger, exit: (code: number) => void = process.exit): void {
  const drift = () => Date.now() - performance.now();
  let before = drift();
  setInterval(() => {
    const now = drift();
    const steppedMs = now - before;
    before = now;
    if (Math.abs(steppedMs) <= MAX_DRIFT_MS) return;
    const steppedBySeconds = Math.round(steppedMs / 100) / 10;
    logger.fatal({ steppedBySeconds }, 'the clock was stepped; exiting for a restart');
    exit(1);
  }, CHECK_MS).unref();
}
