// The figures of a run, as text.

const seconds = (/** @type {number} */ ms) => `${(ms / 1_000).toFixed(1)} s`;

/** @param {Readonly<Record<string, number>>} counts */
const listed = (counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

/** @param {readonly number[]} values */
function middleAndMost(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}

/**
 * @typedef {object} Figures
 * @property {Readonly<Record<string, number>>} orders by state
 * @property {Readonly<Record<string, number>>} faults by kind
 * @property {readonly string[]} notCarriedOut
 * @property {{ asked: number, retried: number, replayed: number, cancelsAsked: number, requeued: number }} counts
 * @property {number} duplicates
 * @property {ReadonlyMap<string, readonly number[]>} recovery milliseconds by kind of fault
 * @property {number} convergedInMs
 * @property {number} deaths of processes, by themselves
 */

/** @param {Figures} figures */
export function reportOf({
  orders,
  faults,
  notCarriedOut,
  counts,
  duplicates,
  recovery,
  convergedInMs,
  deaths,
}) {
  const lines = [
    `orders by state      ${listed(orders)}`,
    `requests             ${counts.asked}, ${counts.retried} of them had to be asked again, ${counts.replayed} answered from an earlier one`,
    `cancellations asked  ${counts.cancelsAsked}; dead letters requeued ${counts.requeued}`,
    `faults by kind       ${listed(faults)}`,
    ...notCarriedOut.map((line) => `not carried out      ${line}`),
    `processes            ${deaths} ended by themselves (fail-points among them) and were started again`,
    `duplicates absorbed  ${duplicates}`,
    `converged            ${seconds(convergedInMs)} after everything was healed`,
    'back after the end of a fault, until the next order was COMPLETED:',
  ];
  for (const [kind, times] of [...recovery].toSorted(([a], [b]) => a.localeCompare(b))) {
    const { p50, max } = middleAndMost(times);
    lines.push(
      `  ${kind.padEnd(12)} p50 ${seconds(p50).padStart(7)}  max ${seconds(max).padStart(7)}  of ${times.length}`,
    );
  }
  return lines.join('\n');
}
