// The figures of one run as text.
import type { Distribution } from './percentiles.js';
import { table } from './table.js';

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const milliseconds = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const cores = (value: number) => value.toFixed(2);
const ratio = (value: number) => `${value.toFixed(2)} x`;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Of the variants of the SQL-only rate. */
const letters = 'abcdefgh';

import type { Results } from './run-bench.js';

function header({ machine }: Results) {
  const { cores: count, cpu, memoryGb, system, node, postgres, broker, flushMicroseconds, load } = machine;
  return [
    `Local message table, ${machine.date}, commit ${machine.commit ?? 'unknown'} (+: changed since)`,
    `${count} cores, ${cpu}, ${memoryGb} GB, ${system}; write and flush of 8 kB ${whole(flushMicroseconds)} us; load before ${load.toFixed(1)}`,
    `Node ${node}, Postgres ${postgres}, ${broker}; everything, the load too, on this machine`,
    'Services with their default settings, one of each; LOG_LEVEL=info, LOG_FORMAT=json, read and thrown away.',
  ].join('\n');
}

function sqlSection({ sql, seconds }: Results) {
  const names = [...new Set(sql.rates.map(({ name }) => name))];
  const rateAt = (name: string, clients: number) =>
    whole(sql.rates.find((rate) => rate.name === name && rate.clients === clients)?.perSecond ?? Number.NaN);
  return [
    `1. SQL only, orders/s, one order per transaction (${sql.tool}, ${seconds.sql} s, services down)`,
    table([
      ['', '1 client', '32 clients'],
      ...names.map((name, index) => [`${letters[index]}  ${name}`, rateAt(name, 1), rateAt(name, 32)]),
    ]),
  ].join('\n');
}

function acceptedSection({ accepted, alone, sql, seconds }: Results) {
  const baselines = sql.rates.filter(({ clients }) => clients === 32).map((rate) => rate.perSecond);
  return [
    `2. Orders accepted (POST /orders, 201; closed loop, ${seconds.accept} s after ${seconds.warmUp} s), messages under way meanwhile; ratio to a, b, c at 32 clients`,
    table([
      [
        'connections',
        'orders/s',
        'p50 ms',
        'p99 ms',
        'no 201',
        ...baselines.map((_, index) => `to ${letters[index]}`),
        'generator',
      ],
      ...[...accepted, alone].map((row) => {
        const { connections, perSecond, latency, failed, generatorCores } = row;
        return [
          row === alone ? `${connections}, relay and inventory down` : String(connections),
          whole(perSecond),
          milliseconds(latency.p50),
          milliseconds(latency.p99),
          whole(failed),
          ...baselines.map((baseline) => ratio(perSecond / baseline)),
          `${cores(generatorCores)} cores`,
        ];
      }),
    ]),
  ].join('\n');
}

function endToEndSection({ endToEnd, latency }: Results) {
  const { connections, completed, seconds, perSecond, steadyPerSecond, acceptedPerSecond } = endToEnd;
  const { backlogAtTheEnd, publishedAgain, failed, generatorCores } = endToEnd;
  const spread = ({ p50, p95, p99, max }: Distribution) => [p50, p95, p99, max].map(milliseconds);
  const columns = ['p50 ms', 'p95 ms', 'p99 ms', 'max ms'];
  return [
    `3. Orders completed: ${whole(perSecond)}/s (${whole(completed)} in ${seconds.toFixed(1)} s, closed loop of ${connections} connections with its drain)`,
    `   during the load ${whole(steadyPerSecond)}/s completed of ${whole(acceptedPerSecond)}/s accepted; open at its end ${whole(backlogAtTheEnd)}; published again ${whole(publishedAgain)}; no 201 ${whole(failed)}; generator ${cores(generatorCores)} cores`,
    '   Latency at a fixed rate, from the scheduled time (open loop), POST -> 201 and POST -> COMPLETED (start of the completing transaction)',
    table([
      ['orders/s', 'to', ...columns, 'no 201', 'sent late p50/p99', 'generator', 'system'],
      ...latency.flatMap((at) => [
        [
          whole(at.rate),
          '201',
          ...spread(at.accepted),
          whole(at.failed),
          `${milliseconds(at.late.p50)} / ${milliseconds(at.late.p99)}`,
          `${cores(at.generatorCores)} cores`,
          `${cores(at.systemCores)} cores`,
        ],
        ['', 'COMPLETED', ...spread(at.completed)],
      ]),
    ]),
  ].join('\n');
}

function costSection({ endToEnd, idle }: Results) {
  const names = Object.keys(endToEnd.cpuSeconds);
  const { cpuSecondsPer1000, cpuSeconds, measuredSeconds, memoryMb } = endToEnd;
  const sum = (by: Record<string, number>) => names.reduce((total, name) => total + (by[name] ?? 0), 0);
  const row = (label: string, pick: (by: Record<string, number>) => number) => [
    label,
    pick(cpuSecondsPer1000).toFixed(3),
    cores(pick(cpuSeconds) / measuredSeconds),
    whole(pick(memoryMb)),
    whole(pick(idle.memoryMb)),
    percent(pick(idle.cores)),
  ];
  return [
    `4. Cost by process: CPU of phase 3's load with its drain; memory (RSS; Postgres PSS with its children); ${Math.round(idle.seconds)} idle seconds at the end`,
    table([
      ['', 'CPU s / 1,000 orders', 'cores busy', 'MB after load', 'MB idle', 'CPU idle'],
      ...names.map((name) => row(name, (by) => by[name] ?? 0)),
      row('sum', sum),
    ]),
  ].join('\n');
}

function checksSection({ checks: { orders, notConfirmed, notCompleted } }: Results) {
  const well = notConfirmed === 0 && notCompleted === 0;
  return well
    ? `All ${whole(orders)} orders confirmed, all messages completed.`
    : `WRONG: of ${whole(orders)} orders ${whole(notConfirmed)} not confirmed, ${whole(notCompleted)} messages not completed.`;
}

export function reportText(results: Results) {
  const sections = [header, sqlSection, acceptedSection, endToEndSection, costSection, checksSection];
  return `\n${sections.map((section) => section(results)).join('\n\n')}`;
}
