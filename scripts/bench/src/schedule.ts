// The fixed schedule of an open-loop load: when each request is due, whatever became of the others.

/**
 * When a request is due, in milliseconds after the start.
 *
 * @param rate requests a second
 */
export const dueAt = (index: number, rate: number) => (index * 1_000) / rate;

/**
 * How many requests are due after a time: those with an index below the answer.
 *
 * @param rate requests a second
 */
export function dueCount(elapsedMs: number, rate: number, total: number) {
  if (elapsedMs < 0) return 0;
  let count = Math.min(Math.floor((elapsedMs * rate) / 1_000) + 1, total);
  // The division of dueAt() may have been rounded to either side.
  while (count > 0 && dueAt(count - 1, rate) > elapsedMs) count -= 1;
  while (count < total && dueAt(count, rate) <= elapsedMs) count += 1;
  return count;
}
