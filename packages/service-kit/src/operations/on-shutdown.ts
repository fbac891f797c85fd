import type { Logger } from 'pino';

const DEADLINE_MS = 15_000;

/** A step of the shutdown, with its name in the log. */
export type ShutdownStep = readonly [name: string, stop: () => unknown];

/** The parts of `process` that a shutdown touches. A test replaces them. */
export interface ShutdownProcess {
  on(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): void;
}

/**
 * Runs the steps once, in order, on SIGTERM or SIGINT, and exits with 0. A failed step is logged
 * and skipped. At the deadline or at a second signal the process exits with 1. After an uncaught
 * error it exits with 1 at once, because its state is unknown. Uncommitted work is then lost as in
 * a crash.
 *
 * Returns a function that runs the same steps without a signal and then exits with 1.
 */
export function onShutdown(
  steps: readonly ShutdownStep[],
  logger: Logger,
  process: ShutdownProcess,
): () => void {
  let current: string | null = null;

  async function stop(exitCode: number, details: object): Promise<void> {
    current = '';
    logger.info(details, 'stopping');
    setTimeout(() => {
      logger.error({ step: current, deadlineMs: DEADLINE_MS }, 'shutdown timed out');
      process.exit(1);
    }, DEADLINE_MS).unref();
    for (const [step, run] of steps) {
      current = step;
      try {
        await run();
      } catch (err) {
        logger.error({ err, step }, 'shutdown step failed');
      }
    }
    logger.info('stopped');
    process.exit(exitCode);
  }

  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (current === null) return void stop(0, { signal });
      logger.warn({ signal }, 'second signal; exiting at once');
      process.exit(1);
    });
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (err) => {
      logger.fatal({ err, event }, 'uncaught error; exiting');
      process.exit(1);
    });
  }
  return () => {
    if (current === null) void stop(1, {});
  };
}
