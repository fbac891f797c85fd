// Formats the figures of a run as text.
import { type Column, formatNumber, formatTable } from '@lmt/terminal';
import type { Results } from './phases.js';

const whole = (value: number) => formatNumber(Math.round(value));
const milliseconds = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const cores = (value: number) => `${value.toFixed(2)} cores`;
const ratio = (value: number) => `${value.toFixed(2)} x`;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Labels of the SQL transactions. */
const LETTERS = 'abcdefgh';

/** Formats a table. The first column holds labels, the others numbers. */
function table<Row>(rows: readonly Row[], columns: Readonly<Record<string, (row: Row) => string>>): string {
  return formatTable(
    Object.keys(columns).map((title, index): Column => ({ title, align: index === 0 ? 'left' : 'right' })),
    rows.map((row) => Object.values(columns).map((format) => format(row))),
    { indent: 2 },
  );
}

function formatHeader({ machine, browsers }: Results) {
  const { cores: count, cpu, memoryGb, system, node, postgres, broker, flushMicroseconds, load } = machine;
  return `Local message table, ${machine.date}, commit ${machine.commit ?? 'unknown'} (+: changed since)
${count} cores, ${cpu}, ${memoryGb} GB, ${system}; write and flush of 8 kB ${whole(flushMicroseconds)} us; load before ${load.toFixed(1)}
Node ${node}, Postgres ${postgres}, ${broker}; everything, including the load generator, on this machine
One of each service with default settings; LOG_LEVEL=info, LOG_FORMAT=json, log lines read and discarded.${browsers > 0 ? `\nThe console is open in ${browsers} browsers.` : ''}`;
}

function formatSql({ sql, seconds }: Results) {
  if (!sql) return '1. SQL only: not measured, because pgbench is not installed';
  const names = [...new Set(sql.rates.map(({ name }) => name))];
  const rateAt = (name: string, clients: number) =>
    whole(sql.rates.find((rate) => rate.name === name && rate.clients === clients)?.perSecond ?? Number.NaN);
  const rates = table(names, {
    '': (name) => `${LETTERS[names.indexOf(name)]}  ${name}`,
    '1 client': (name) => rateAt(name, 1),
    '32 clients': (name) => rateAt(name, 32),
  });
  return `1. SQL only, orders/s, one order per transaction (${sql.tool}, ${seconds.sql} s, services down)\n${rates}`;
}

function formatAcceptance({ accepted, alone, sql, seconds }: Results) {
  type Row = typeof alone;
  const ratios = (sql?.rates ?? [])
    .filter(({ clients }) => clients === 32)
    .map((rate, index) => [`to ${LETTERS[index]}`, (row: Row) => ratio(row.perSecond / rate.perSecond)]);
  const rates = table([...accepted, alone], {
    connections: (row) => `${row.connections}${row === alone ? ', relay and inventory down' : ''}`,
    'orders/s': (row) => whole(row.perSecond),
    'p50 ms': (row) => milliseconds(row.latency.p50),
    'p99 ms': (row) => milliseconds(row.latency.p99),
    'not 201': (row) => whole(row.failed),
    ...Object.fromEntries(ratios),
    generator: (row) => cores(row.generatorCores),
  });
  return `2. Orders accepted (POST /orders, 201; closed loop, ${seconds.accept} s after ${seconds.warmUp} s) while their messages are delivered; ratio to a, b, c at 32 clients\n${rates}`;
}

function formatEndToEnd({ endToEnd: run, latency }: Results) {
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
  return `3. Orders completed: ${whole(run.perSecond)}/s (${whole(run.completed)} in ${run.seconds.toFixed(1)} s, closed loop of ${run.connections} connections with its drain)
   during the load ${whole(run.steadyPerSecond)}/s completed of ${whole(run.acceptedPerSecond)}/s accepted; unfinished at its end ${whole(run.backlogAtTheEnd)}; republished ${whole(run.republished)}; not 201 ${whole(run.failed)}; generator ${cores(run.generatorCores)}
   Latency at a fixed rate, from the scheduled time (open loop), POST -> 201 and POST -> COMPLETED (start of the completing transaction)
${latencies}`;
}

function formatCost({ endToEnd, idle }: Results) {
  const names = Object.keys(endToEnd.cpuSeconds);
  const read = (figures: Readonly<Record<string, number>>, row: string) =>
    (row === 'sum' ? names : [row]).reduce((sum, name) => sum + (figures[name] ?? 0), 0);
  const costs = table([...names, 'sum'], {
    '': (row) => row,
    'CPU s / 1,000 orders': (row) =>
      ((read(endToEnd.cpuSeconds, row) * 1_000) / endToEnd.completed).toFixed(3),
    'cores busy': (row) => (read(endToEnd.cpuSeconds, row) / endToEnd.measuredSeconds).toFixed(2),
    'MB after load': (row) => whole(read(endToEnd.memoryMb, row)),
    'MB idle': (row) => whole(read(idle.memoryMb, row)),
    'CPU idle': (row) => percent(read(idle.cpuSeconds, row) / idle.seconds),
  });
  return `4. Cost by process: CPU of phase 3's load with its drain; memory (RSS; Postgres PSS with its children); ${Math.round(idle.seconds)} idle seconds at the end\n${costs}`;
}

const formatChecks = ({ checks: { orders, notConfirmed, notCompleted } }: Results) =>
  notConfirmed === 0 && notCompleted === 0
    ? `All ${whole(orders)} orders confirmed, all messages completed.`
    : `WRONG: of ${whole(orders)} orders ${whole(notConfirmed)} not confirmed, ${whole(notCompleted)} messages not completed.`;

export function formatReport(results: Results): string {
  const sections = [formatHeader, formatSql, formatAcceptance, formatEndToEnd, formatCost, formatChecks];
  return `\n${sections.map((format) => format(results)).join('\n\n')}`;
}
