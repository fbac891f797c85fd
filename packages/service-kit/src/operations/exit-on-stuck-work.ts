import type { StallDetector } from '@lmt/resilience';
import type { Logger } from 'pino';
import { findReason, type ReadinessCheck } from './operation-routes.js';

/** Work that needs only the service's own database. Its stall detector reports failures. */
export type Work = Pick<StallDetector, 'stallReason'>;

export interface StuckWorkOptions {
  /** Read at each check, by name. */
  readonly work: ReadonlyMap<string, Work>;
  /** The check of the database that the work needs. */
  readonly database: () => ReadinessCheck | undefined;
  readonly logger: Logger;
  /** Runs the shutdown steps and ends the process with code 1. */
  readonly exit: () => void;
}

const CHECK_MS = 10_000;
const MAX_FAILURES = 30;

/**
 * Ends the process, so that the supervisor restarts it, if the same work fails for five minutes
 * without interruption although the database answers. Otherwise the process would stay unready
 * until an operator restarts it, because /healthz passes.
 *
 * Counts consecutive failed checks instead of time, so the first check after a SIGSTOP does not end
 * the process. A database outage resets the count, because a restart does not help. For the same
 * reason, only work that needs no peer belongs here. The broker, the delivery of results and the
 * consumer group are excluded: kafkajs rejoins its group indefinitely, and if another member keeps
 * the group rebalancing, a restart would disturb the group again.
 */
export function exitOnStuckWork({ work, database, logger, exit }: StuckWorkOptions): void {
  const failures = new Map<string, number>();

  async function check(): Promise<void> {
    const databaseCheck = database();
    const databaseAnswers = databaseCheck === undefined || (await findReason(databaseCheck)) === null;
    for (const [name, detector] of work) {
      const reason = databaseAnswers ? detector.stallReason() : null;
      const count = reason === null ? 0 : (failures.get(name) ?? 0) + 1;
      failures.set(name, count);
      if (count < MAX_FAILURES) continue;
      clearInterval(timer);
      const failingForSeconds = (count * CHECK_MS) / 1_000;
      logger.fatal(
        { work: name, reason, failingForSeconds },
        'work makes no progress although the database answers; exiting for a restart',
      );
      exit();
      return;
    }
  }

  const timer = setInterval(() => void check(), CHECK_MS).unref();
}
