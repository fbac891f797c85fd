// The figures of a run as text.
import { formatTable } from '@lmt/terminal';
import type { Clients } from './clients.js';
import type { EndedFault } from './faults.js';

export interface Figures {
  readonly ordersByStatus: Readonly<Record<string, number>>;
  readonly ended: readonly EndedFault[];
  /** One line per fault that could not be injected. */
  readonly notInjected: readonly string[];
  readonly counts: Clients['counts'];
  readonly duplicates: number;
  /** Of processes that ended by themselves. */
  readonly restarts: number;
  readonly convergedInMs: number;
  /** Milliseconds, by kind of fault. */
  readonly recovery: ReadonlyMap<string, readonly number[]>;
}

const seconds = (ms = 0) => `${(ms / 1_000).toFixed(1)} s`;

const list = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

function recoveryRow([kind, times]: [string, readonly number[]]) {
  const sorted = times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  return [kind, `p50 ${seconds(median)}`, `max ${seconds(sorted.at(-1))}`, `of ${times.length}`];
}

export function formatReport({ counts, recovery, ...figures }: Figures): string {
  const { requests, retried, replayed, cancellations, requeued } = counts;
  const faultsByKind: Record<string, number> = {};
  for (const { kind } of figures.ended) faultsByKind[kind] = (faultsByKind[kind] ?? 0) + 1;
  const rows = [
    ['orders by status', list(figures.ordersByStatus)],
    ['requests', `${requests}, ${retried} of them retried, ${replayed} answered with the stored order`],
    ['cancellations', `${cancellations}; dead letters requeued ${requeued}`],
    ['faults by kind', list(faultsByKind)],
    ...figures.notInjected.map((line) => ['not injected', line]),
    ['restarts', `${figures.restarts} of processes that ended by themselves (fail-points included)`],
    ['duplicates absorbed', String(figures.duplicates)],
    ['converged', `${seconds(figures.convergedInMs)} after everything was healed`],
  ];
  const recoveries = [...recovery].toSorted(([a], [b]) => a.localeCompare(b)).map(recoveryRow);
  return [
    formatTable([{}, {}], rows),
    'from the end of a fault until the next order was COMPLETED:',
    formatTable([{}, { align: 'right' }, { align: 'right' }, {}], recoveries, { indent: 2 }),
  ].join('\n');
}
