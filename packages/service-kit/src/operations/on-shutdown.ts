import type { Logger } from 'pino';

/** One thing to stop, with the name it has in the log. */
export type ShutdownStep = readonly [name: string, stop: () => Promise<void>];

/** The parts of `process` that a shutdown touches. */
export interface ProcessHooks {
  on(event: string, listener: (argument: unknown) => void): unknown;
  exit(code: number): void;
}

export interface ShutdownOptions {
  readonly logger: Logger;
  /** For all steps together. */
  readonly deadlineMs: number;
  /** In the order in which they run: first what takes new work, last what the rest depends on. */
  readonly steps: readonly ShutdownStep[];
  readonly process?: ProcessHooks;
}

/**
 * On SIGTERM or SIGINT runs the steps once, in order, and exits: 0 when all are done, even if one failed
 * (which is logged), 1 at the deadline or at a second signal. An error that nobody caught exits 1 at
 * once: the process's state is unknown then, and what it had not committed is as if it never was.
 */
export function onShutdown({ logger, deadlineMs, steps, process: hooks = process }: ShutdownOptions): void {
  let stopping = false;

  async function stop(signal: string): Promise<void> {
    if (stopping) {
      logger.warn({ signal }, 'stopped at once');
      hooks.exit(1);
      return;
    }
    stopping = true;
    logger.info({ signal }, 'stopping');
    let current = '';
    setTimeout(() => {
      logger.error({ step: current, deadlineMs }, 'did not stop in time');
      hooks.exit(1);
    }, deadlineMs).unref();
    for (const [name, run] of steps) {
      current = name;
      try {
        await run();
      } catch (err) {
        logger.error({ err, step: name }, 'could not be stopped');
      }
    }
    logger.info('stopped');
    hooks.exit(0);
  }

  for (const signal of ['SIGTERM', 'SIGINT']) hooks.on(signal, () => void stop(signal));
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    hooks.on(event, (err) => {
      logger.fatal({ err, event }, 'died');
      hooks.exit(1);
    });
  }
}
