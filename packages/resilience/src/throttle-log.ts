const QUIET_MS = 10_000;

/**
 * Logs the first event and then at most one line in ten seconds, with the number of events that the
 * line covers. Used where an outage would otherwise log a line for every request.
 */
export function throttleLog<Details>(
  log: (details: Details, events: number) => void,
): (details: Details) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return (details) => {
    unlogged += 1;
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + QUIET_MS;
    log(details, unlogged);
    unlogged = 0;
  };
}
