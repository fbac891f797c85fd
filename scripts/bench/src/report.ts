// Formats the figures of the main run as text.
import { type Columns, cores, markdownTable, milliseconds, percent, textTable, whole } from './format.js';
import type { Results } from './phases.js';
import { summarise } from './summary.js';
import { sumCpu } from './system.js';

type Table = <Row>(rows: readonly Row[], columns: Columns<Row>) => string;

export function formatMachine({ machine }: Pick<Results, 'machine'>) {
  const { cores: count, cpu, memoryGb, system, node, postgres, broker, flushMicroseconds, load } = machine;
  return `Local message table, ${machine.date}, commit ${machine.commit ?? 'unknown'} (+: changed since)
${count} cores, ${cpu}, ${memoryGb} GB, ${system}; write and flush of 8 kB ${whole(flushMicroseconds)} us; load before ${load.toFixed(1)}
Node ${node}, Postgres ${postgres}, ${broker}; everything, including the load generator, on this machine`;
}

function formatHeader(results: Results) {
  const { browsers, tool, seconds } = results;
  return `${formatMachine(results)}
One of each service with default settings; LOG_LEVEL=info, LOG_FORMAT=json, log lines read and discarded.
${tool ?? 'pgbench is not installed'}. Measured in ${whole(seconds)} s.${browsers > 0 ? `\nThe console is open in ${browsers} browsers.` : ''}`;
}

function formatSummary(results: Results, table: Table) {
  const { rounds } = results;
  const summary = table(summarise(results), {
    what: ({ what }) => what,
    measured: ({ measured }) => measured,
    beside: ({ beside }) => beside,
    ratio: ({ ratio }) => ratio,
  });
  return `1. In one run; ${rounds.length > 1 ? `median (lowest-highest) of ${rounds.length} rounds` : 'one round'}; ${rounds[0]?.wholeWay.connections ?? 0} connections\n${summary}`;
}

function formatAcceptance({ accepted, sizes }: Results, table: Table) {
  const rates = table(accepted, {
    connections: (row) => whole(row.connections),
    'orders/s': (row) => whole(row.perSecond),
    'p50 ms': (row) => milliseconds(row.latency.p50),
    'p99 ms': (row) => milliseconds(row.latency.p99),
    'not 201': (row) => whole(row.failed),
    generator: (row) => cores(row.generatorCores),
  });
  return `2. Orders accepted at other numbers of connections (closed loop, ${sizes.accept} s) while their messages are delivered\n${rates}`;
}

function formatLatency({ latency }: Results, table: Table) {
  const rows = latency.flatMap((at) => [
    { to: '201', spread: at.accepted, at },
    { to: 'COMPLETED', spread: at.completed, at: null },
  ]);
  const latencies = table(rows, {
    'orders/s': ({ at }) => (at ? whole(at.rate) : ''),
    to: ({ to }) => to,
    'p50 ms': ({ spread }) => milliseconds(spread.p50),
    'p95 ms': ({ spread }) => milliseconds(spread.p95),
    'p99 ms': ({ spread }) => milliseconds(spread.p99),
    'max ms': ({ spread }) => milliseconds(spread.max),
    'not 201': ({ at }) => (at ? whole(at.failed) : ''),
    'sent late p50/p99': ({ at }) => (at ? [at.late.p50, at.late.p99].map(milliseconds).join(' / ') : ''),
    generator: ({ at }) => (at ? cores(at.generatorCores) : ''),
    system: ({ at }) => (at ? cores(at.systemCores) : ''),
  });
  return `3. Latency at a fixed rate, from the scheduled time (open loop), POST -> 201 and POST -> COMPLETED (start of the completing transaction)\n${latencies}`;
}

function formatBacklog({ backlog: { drains } }: Results, table: Table) {
  const rows = table(drains, {
    'waiting messages': ({ size }) => whole(size),
    'messages/s': ({ perSecond }) => whole(perSecond),
    'CPU s / 1,000, relay and Postgres': ({ cpuPerThousand }) => cpuPerThousand.toFixed(3),
  });
  return `4. Backlogs written while the relay is paused, published while the inventory is paused\n${rows}`;
}

function formatCost({ rounds, idle }: Results, table: Table) {
  const names = Object.keys(idle.cpuSeconds);
  const runs = rounds.map(({ wholeWay }) => wholeWay);
  const total = (value: (run: (typeof runs)[number]) => number) =>
    runs.reduce((sum, run) => sum + value(run), 0);
  const read = (figures: Readonly<Record<string, number>>, row: string) =>
    sumCpu(figures, (name) => row === 'sum' || name === row);
  const used = (row: string) => total(({ cpuSeconds }) => read(cpuSeconds, row));
  const memory = (row: string) => Math.max(...runs.map(({ memoryMb }) => read(memoryMb, row)));
  const costs = table([...names, 'sum'], {
    '': (row) => row,
    'CPU s / 1,000 orders': (row) => ((used(row) * 1_000) / total(({ completed }) => completed)).toFixed(3),
    'cores busy': (row) => (used(row) / total(({ measuredSeconds }) => measuredSeconds)).toFixed(2),
    'MB after load': (row) => whole(memory(row)),
    'MB idle': (row) => whole(read(idle.memoryMb, row)),
    'CPU idle': (row) => percent(read(idle.cpuSeconds, row) / idle.seconds),
  });
  return `5. Cost by process: CPU of the whole way with its drain; memory (RSS; Postgres PSS with its children); ${Math.round(idle.seconds)} idle seconds after the rest\n${costs}`;
}

const formatChecks = ({ checks: { orders, notConfirmed, notCompleted } }: Results) =>
  notConfirmed === 0 && notCompleted === 0
    ? `All ${whole(orders)} orders confirmed, all messages completed.`
    : `WRONG: of ${whole(orders)} orders ${whole(notConfirmed)} not confirmed, ${whole(notCompleted)} messages not completed.`;

/** Formats the report for a terminal, or in Markdown. */
export function formatReport(results: Results, format: 'text' | 'markdown' = 'text'): string {
  const table: Table = format === 'text' ? textTable : (rows, columns) => `\n${markdownTable(rows, columns)}`;
  const sections = [
    formatHeader,
    formatSummary,
    formatAcceptance,
    formatLatency,
    formatBacklog,
    formatCost,
    formatChecks,
  ];
  const texts = sections.map((formatSection) => formatSection(results, table));
  // The numbers of the sections become headings.
  return `\n${(format === 'text' ? texts : texts.map((text) => text.replace(/^\d\. /, '### '))).join('\n\n')}`;
}
