// The main table: each figure beside its limit, measured in the same run.
import { cores, cpu, milliseconds, percent, ratio, spread, whole } from './format.js';
import { FOUR_STATEMENTS, ONE_STATEMENT } from './orders.js';
import { toSpread } from './percentiles.js';
import type { Results } from './phases.js';
import { BENCH, sumCpu } from './system.js';

export interface SummaryRow {
  readonly what: string;
  readonly measured: string;
  readonly beside: string;
  readonly ratio: string;
}

const NODE_SERVICES = ['order', 'relay', 'inventory'];

/** Compares the medians of several rounds. */
function compare(
  what: string,
  values: readonly number[],
  limit: string,
  limits: readonly number[],
): SummaryRow {
  const [measured, beside] = [toSpread(values), toSpread(limits)];
  return {
    what,
    measured: spread(measured, whole),
    beside: limits.length === 0 ? `${limit}: not measured` : `${limit}: ${spread(beside, whole)}`,
    ratio: ratio(measured.median / beside.median),
  };
}

function summariseThroughput({ rounds }: Results): SummaryRow[] {
  const sqlRates = (name: string) => rounds.flatMap(({ sql }) => sql?.[name] ?? []);
  const completed = rounds.map(({ wholeWay }) => wholeWay.perSecond);
  const accepted = rounds.map(({ wholeWay }) => wholeWay.acceptedPerSecond);
  return [
    compare('orders completed/s', completed, 'pgbench, 4 statements', sqlRates(FOUR_STATEMENTS)),
    compare('orders accepted/s meanwhile', accepted, 'pgbench, 4 statements', sqlRates(FOUR_STATEMENTS)),
    compare('orders accepted/s meanwhile', accepted, 'pgbench, 1 statement', sqlRates(ONE_STATEMENT)),
  ];
}

function summariseBacklog({ backlog: { raw, drains } }: Results): SummaryRow[] {
  const largest = Math.max(...drains.map(({ size }) => size));
  const rounds = drains.filter(({ size }) => size === largest);
  if (rounds.length === 0) return [];
  const toCpu = (from: readonly { readonly cpuPerThousand: number }[]) =>
    toSpread(from.map(({ cpuPerThousand }) => cpuPerThousand));
  const rates = (from: readonly { readonly perSecond: number }[]) => from.map(({ perSecond }) => perSecond);
  return [
    compare(
      `${whole(largest)} waiting messages to Kafka and marked, messages/s`,
      rates(rounds),
      'sendBatch of 500',
      rates(raw),
    ),
    {
      what: 'CPU of relay and Postgres per 1,000 of these',
      measured: spread(toCpu(rounds), cpu),
      beside: `sendBatch of 500: ${spread(toCpu(raw), cpu)}`,
      ratio: ratio(toCpu(rounds).median / toCpu(raw).median),
    },
  ];
}

function summariseCost({ rounds, latency, emptyServer }: Results): SummaryRow[] {
  const used = rounds.map(
    ({ wholeWay: { cpuSeconds, completed } }) =>
      (sumCpu(cpuSeconds, (name) => !name.startsWith('kafka') && name !== BENCH) * 1_000) / completed,
  );
  const low = latency.find(({ rate }) => rate === emptyServer.rate);
  const least = emptyServer.serverCores + emptyServer.generatorCores;
  const system = low ? low.systemCores + low.generatorCores : Number.NaN;
  return [
    {
      what: 'CPU per 1,000 orders, without Kafka',
      measured: spread(toSpread(used), cpu),
      beside: '',
      ratio: '',
    },
    {
      what: `CPU of the system and its load at ${emptyServer.rate} orders/s`,
      measured: cores(system),
      beside: `an empty node:http server and its load: ${cores(least)}`,
      ratio: ratio(system / least),
    },
  ];
}

function summariseLatency({ latency, halfRate }: Results): SummaryRow[] {
  return latency
    .filter(({ rate }) => rate <= 200 || rate === halfRate)
    .map(({ rate, completed: { p50, p99 } }) => ({
      what: `POST to COMPLETED at ${whole(rate)}/s${rate === halfRate ? ', half of the maximum' : ''}, p50 / p99`,
      measured: `${milliseconds(p50)} / ${milliseconds(p99)} ms`,
      beside: '',
      ratio: '',
    }));
}

function summariseProcesses({ rounds, idle }: Results): SummaryRow[] {
  const memory = (name: string) => Math.max(...rounds.map(({ wholeWay }) => wholeWay.memoryMb[name] ?? 0));
  const figures = (format: (name: string) => string) => NODE_SERVICES.map(format).join(' / ');
  const names = NODE_SERVICES.join(' / ');
  return [
    {
      what: `idle CPU: ${names}`,
      measured: figures((name) => percent((idle.cpuSeconds[name] ?? 0) / idle.seconds)),
      beside: '',
      ratio: '',
    },
    {
      what: `memory after load: ${names}`,
      measured: `${figures((name) => whole(memory(name)))} MB`,
      beside: '',
      ratio: '',
    },
  ];
}

function summariseHotKey({
  hotKey: { messages, perSecond, outOfOrder, alone, meanwhile },
}: Results): SummaryRow[] {
  const p50AndP99 = (of: typeof alone) => `${milliseconds(of.p50)} / ${milliseconds(of.p99)} ms`;
  return [
    {
      what: `${whole(messages)} waiting messages of one key, messages/s`,
      measured: whole(perSecond),
      beside: `out of order: ${whole(outOfOrder)}`,
      ratio: '',
    },
    {
      what: "another key's POST to COMPLETED meanwhile, p50 / p99",
      measured: p50AndP99(meanwhile),
      beside: `alone: ${p50AndP99(alone)}`,
      ratio: `+${milliseconds(meanwhile.p50 - alone.p50)} ms`,
    },
  ];
}

export const summarise = (results: Results): SummaryRow[] =>
  [
    summariseThroughput,
    summariseBacklog,
    summariseCost,
    summariseLatency,
    summariseProcesses,
    summariseHotKey,
  ].flatMap((toRows) => toRows(results));
