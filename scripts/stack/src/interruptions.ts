// Ctrl-C, and what else asks a script to stop: the first time in order, the second time at once.

// Where /bin/sh is bash, the script is npm's own child: npm forwards the SIGINT that the terminal has
// sent to the script as well, so that one Ctrl-C arrives twice.
const echoMs = 500;

/**
 * Leaves out the calls that follow the first one too soon to be meant.
 *
 * @param now milliseconds of a monotonic clock
 */
export function withoutEchoes(handle: () => void, now: () => number = () => performance.now()) {
  let first: number | undefined;
  return () => {
    if (first !== undefined && now() - first < echoMs) return;
    first ??= now();
    handle();
  };
}
