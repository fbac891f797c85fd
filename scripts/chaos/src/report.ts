// The figures of a run, as text.

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

function middleAndMost(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}

export interface Figures {
  /** by state */
  orders: Readonly<Record<string, number>>;
  /** by kind */
  faults: Readonly<Record<string, number>>;
  notCarriedOut: readonly string[];
  counts: { asked: number; retried: number; replayed: number; cancelsAsked: number; requeued: number };
  duplicates: number;
  /** milliseconds by kind of fault */
  recovery: ReadonlyMap<string, readonly number[]>;
  convergedInMs: number;
  /** of processes, by themselves */
  deaths: number;
}

export function reportOf({
  orders,
  faults,
  notCarriedOut,
  counts,
  duplicates,
  recovery,
  convergedInMs,
  deaths,
}: Figures) {
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
