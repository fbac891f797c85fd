// Handles the stop signals, such as Ctrl-C. The first stops a command in order, the second kills
// it.

// If /bin/sh is bash, the command is a direct child of npm. npm then forwards the SIGINT that the
// terminal has already sent to the command, so one Ctrl-C arrives twice.
const ECHO_MS = 500;

/**
 * Returns a handler that ignores calls within half a second of the first one (its echoes).
 *
 * @param now milliseconds of a monotonic clock
 */
export function withoutEchoes(handle: () => void, now: () => number = () => performance.now()): () => void {
  let first: number | undefined;
  return () => {
    if (first !== undefined && now() - first < ECHO_MS) return;
    first ??= now();
    handle();
  };
}

/**
 * Returns a signal that aborts at the first SIGINT, SIGTERM or SIGHUP. The second exits with 130.
 */
export function listenForInterruption(
  log: (line: string) => void = console.error,
  beforeKill: () => void = () => {},
): AbortSignal {
  const aborter = new AbortController();
  const interrupt = withoutEchoes(() => {
    if (aborter.signal.aborted) {
      log('killed');
      beforeKill();
      // Exit handlers kill the child processes.
      process.exit(130);
    }
    log('stopping in order; Ctrl-C again kills');
    aborter.abort(new Error('interrupted'));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  return aborter.signal;
}

/**
 * Runs `work` until it ends or is interrupted. An interruption is not reported as an error, but the
 * command exits with 130.
 */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = listenForInterruption();
  await work(signal).catch((error) => {
    if (!signal.aborted) throw error;
  });
  if (signal.aborted) process.exitCode = 130;
}
