import type { StallDetector } from '@lmt/resilience';
import type { Logger } from 'pino';
import { findReason, type ReadinessCheck } from './operation-routes.js';

/** Work on the service's own database, as the stall detector of each piece of work sees it. */
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
 * Ends the process, so that the supervisor restarts it, when the same work has failed for five
 * minutes without interruption although the database answers. Such a process would otherwise stay
 * unready until an operator restarts it, because /healthz only shows that it answers.
 *
 * Counts consecutive failed checks instead of time, so that a process that was stopped (SIGSTOP)
 * is not ended by its first check afterwards. An outage of the database resets the count, because a
 * restart does not help. The outage of a peer must not end the process either, so only work that
 * needs nothing but the service's own database belongs here. The broker, the results for the order
 * service and the consumer group do not: kafkajs rejoins its group indefinitely, a crash of kafkajs
 * already ends the process, and a group that keeps rebalancing is usually the fault of another
 * member, which a restart of this one would disturb again.
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
