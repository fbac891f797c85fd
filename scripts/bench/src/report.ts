// The figures of a run as text.
import { type Column, formatTable } from '@lmt/terminal';
import type { Distribution } from './percentiles.js';
import type { Results } from './run-bench.js';

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const milliseconds = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const cores = (value: number) => `${value.toFixed(2)} cores`;
const ratio = (value: number) => `${value.toFixed(2)} x`;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Of the SQL transactions. */
const LETTERS = 'abcdefgh';

/** The first column holds labels, the others numbers. */
function numbersTable(titles: readonly string[], rows: readonly (readonly string[])[]) {
  const columns = titles.map((title, index): Column => ({ title, align: index === 0 ? 'left' : 'right' }));
  return formatTable(columns, rows, { indent: 2 });
}

function formatHeader({ machine }: Results) {
  const { cores: count, cpu, memoryGb, system, node, postgres, broker, flushMicroseconds, load } = machine;
  return [
    `Local message table, ${machine.date}, commit ${machine.commit ?? 'unknown'} (+: changed since)`,
    `${count} cores, ${cpu}, ${memoryGb} GB, ${system}; write and flush of 8 kB ${whole(flushMicroseconds)} us; load before ${load.toFixed(1)}`,
    `Node ${node}, Postgres ${postgres}, ${broker}; everything, including the load generator, on this machine`,
    'One of each service with default settings; LOG_LEVEL=info, LOG_FORMAT=json, log lines read and discarded.',
  ].join('\n');
}

function formatSql({ sql, seconds }: Results) {
  const names = [...new Set(sql.rates.map(({ name }) => name))];
  const rateAt = (name: string, clients: number) =>
    whole(sql.rates.find((rate) => rate.name === name && rate.clients === clients)?.perSecond ?? Number.NaN);
  return [
    `1. SQL only, orders/s, one order per transaction (${sql.tool}, ${seconds.sql} s, services down)`,
    numbersTable(
      ['', '1 client', '32 clients'],
      names.map((name, index) => [`${LETTERS[index]}  ${name}`, rateAt(name, 1), rateAt(name, 32)]),
    ),
  ].join('\n');
}

function formatAcceptance({ accepted, alone, sql, seconds }: Results) {
  const baselines = sql.rates.filter(({ clients }) => clients === 32).map(({ perSecond }) => perSecond);
  const ratios = baselines.map((_, index) => `to ${LETTERS[index]}`);
  return [
    `2. Orders accepted (POST /orders, 201; closed loop, ${seconds.accept} s after ${seconds.warmUp} s) while their messages are delivered; ratio to a, b, c at 32 clients`,
    numbersTable(
      ['connections', 'orders/s', 'p50 ms', 'p99 ms', 'not 201', ...ratios, 'generator'],
      [...accepted, alone].map((row) => [
        row === alone ? `${row.connections}, relay and inventory down` : String(row.connections),
        whole(row.perSecond),
        milliseconds(row.latency.p50),
        milliseconds(row.latency.p99),
        whole(row.failed),
        ...baselines.map((baseline) => ratio(row.perSecond / baseline)),
        cores(row.generatorCores),
      ]),
    ),
  ].join('\n');
}

function formatEndToEnd({ endToEnd: run, latency }: Results) {
  const spread = ({ p50, p95, p99, max }: Distribution) => [p50, p95, p99, max].map(milliseconds);
  return [
    `3. Orders completed: ${whole(run.perSecond)}/s (${whole(run.completed)} in ${run.seconds.toFixed(1)} s, closed loop of ${run.connections} connections with its drain)`,
    `   during the load ${whole(run.steadyPerSecond)}/s completed of ${whole(run.acceptedPerSecond)}/s accepted; unfinished at its end ${whole(run.backlogAtTheEnd)}; republished ${whole(run.republished)}; not 201 ${whole(run.failed)}; generator ${cores(run.generatorCores)}`,
    '   Latency at a fixed rate, from the scheduled time (open loop), POST -> 201 and POST -> COMPLETED (start of the completing transaction)',
    numbersTable(
      [
        'orders/s',
        'to',
        'p50 ms',
        'p95 ms',
        'p99 ms',
        'max ms',
        'not 201',
        'sent late p50/p99',
        'generator',
        'system',
      ],
      latency.flatMap((at) => [
        [
          whole(at.rate),
          '201',
          ...spread(at.accepted),
          whole(at.failed),
          `${milliseconds(at.late.p50)} / ${milliseconds(at.late.p99)}`,
          cores(at.generatorCores),
          cores(at.systemCores),
        ],
        ['', 'COMPLETED', ...spread(at.completed)],
      ]),
    ),
  ].join('\n');
}

function formatCost({ endToEnd, idle }: Results) {
  const names = Object.keys(endToEnd.cpuSeconds);
  type Figures = Readonly<Record<string, number>>;
  const row = (label: string, read: (figures: Figures) => number) => [
    label,
    read(endToEnd.cpuSecondsPer1000).toFixed(3),
    (read(endToEnd.cpuSeconds) / endToEnd.measuredSeconds).toFixed(2),
    whole(read(endToEnd.memoryMb)),
    whole(read(idle.memoryMb)),
    percent(read(idle.cores)),
  ];
  return [
    `4. Cost by process: CPU of phase 3's load with its drain; memory (RSS; Postgres PSS with its children); ${Math.round(idle.seconds)} idle seconds at the end`,
    numbersTable(
      ['', 'CPU s / 1,000 orders', 'cores busy', 'MB after load', 'MB idle', 'CPU idle'],
      [
        ...names.map((name) => row(name, (figures) => figures[name] ?? 0)),
        row('sum', (figures) => names.reduce((sum, name) => sum + (figures[name] ?? 0), 0)),
      ],
    ),
  ].join('\n');
}

const formatChecks = ({ checks: { orders, notConfirmed, notCompleted } }: Results) =>
  notConfirmed === 0 && notCompleted === 0
    ? `All ${whole(orders)} orders confirmed, all messages completed.`
    : `WRONG: of ${whole(orders)} orders ${whole(notConfirmed)} not confirmed, ${whole(notCompleted)} messages not completed.`;

export function formatReport(results: Results): string {
  const sections = [formatHeader, formatSql, formatAcceptance, formatEndToEnd, formatCost, formatChecks];
  return `\n${sections.map((format) => format(results)).join('\n\n')}`;
}
