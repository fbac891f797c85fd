const QUIET_MS = 10_000;

/**
 * For lines that many requests cause at once: says the first, then at most one in 10 s, with how many it
 * stands for.
 */
export function sparingly<Details>(
  say: (details: Details, times: number) => void,
  monotonicNow = () => performance.now(),
): (details: Details) => void {
  let quietUntil = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (details) => {
    unsaid += 1;
    if (monotonicNow() < quietUntil) return;
    quietUntil = monotonicNow() + QUIET_MS;
    say(details, unsaid);
    unsaid = 0;
  };
}
