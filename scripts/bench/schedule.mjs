// The fixed schedule of an open-loop load: when each request is due, whatever became of the others.

/**
 * When a request is due, in milliseconds after the start.
 *
 * @param {number} index
 * @param {number} rate requests a second
 */
export const dueAt = (index, rate) => (index * 1_000) / rate;

/**
 * How many requests are due after a time: those with an index below the answer.
 *
 * @param {number} elapsedMs
 * @param {number} rate requests a second
 * @param {number} total
 */
export function dueCount(elapsedMs, rate, total) {
  if (elapsedMs < 0) return 0;
  let count = Math.min(Math.floor((elapsedMs * rate) / 1_000) + 1, total);
  // The division of dueAt() may have been rounded to either side.
  while (count > 0 && dueAt(count - 1, rate) > elapsedMs) count -= 1;
  while (count < total && dueAt(count, rate) <= elapsedMs) count += 1;
  return count;
}
