// The main table: each figure beside its limit, measured in the same run.
import { cores, cpu, milliseconds, percent, ratio, spread, whole } from './format.js';
import { FOUR_STATEMENTS, ONE_STATEMENT } from './orders.js';
import { toSpread } from './percentiles.js';
import type { Results } from './phases.js';
import { isCounted, sumCpu } from './system.js';

export interface SummaryRow {
  readonly what: string;
  readonly measured: string;
  readonly beside: string;
  readonly ratio: string;
}

const NODE_SERVICES = ['order', 'relay', 'inventory'];

interface Comparison {
  readonly what: string;
  /** One value for each round. */
  readonly values: readonly number[];
  readonly limit: string;
  /** Empty if it was not measured. */
  readonly limits: readonly number[];
  readonly format?: (value: number) => string;
}

/** Compares round by round, because the machine's speed changes between the rounds. */
export function compare({ what, values, limit, limits, format = whole }: Comparison): SummaryRow {
  const ratios = values.map((value, round) => value / (limits[round] ?? Number.NaN));
  return {
    what,
    measured: spread(toSpread(values), format),
    beside: limits.length === 0 ? `${limit}: not measured` : `${limit}: ${spread(toSpread(limits), format)}`,
    ratio: limits.length === 0 ? '-' : spread(toSpread(ratios), ratio),
  };
}

function summariseThroughput({ rounds }: Results): SummaryRow[] {
  const sqlRates = (name: string) => rounds.flatMap(({ sql }) => sql?.[name] ?? []);
  const completed = rounds.map(({ wholeWay }) => wholeWay.perSecond);
  const accepted = rounds.map(({ wholeWay }) => wholeWay.acceptedPerSecond);
  const four = { limit: 'pgbench, 4 statements', limits: sqlRates(FOUR_STATEMENTS) };
  const one = { limit: 'pgbench, 1 statement', limits: sqlRates(ONE_STATEMENT) };
  return [
    compare({ what: 'orders completed/s', values: completed, ...four }),
    compare({ what: 'orders accepted/s meanwhile', values: accepted, ...four }),
    compare({ what: 'orders accepted/s meanwhile', values: accepted, ...one }),
  ];
}

function summariseBacklog({ backlog: { raw, drains } }: Results): SummaryRow[] {
  const largest = Math.max(...drains.map(({ size }) => size));
  const rounds = drains.filter(({ size }) => size === largest);
  if (rounds.length === 0) return [];
  const rates = (from: readonly { readonly perSecond: number }[]) => from.map(({ perSecond }) => perSecond);
  const costs = (from: readonly { readonly cpuPerThousand: number }[]) =>
    from.map(({ cpuPerThousand }) => cpuPerThousand);
  const limit = 'sendBatch of 500';
  return [
    compare({
      what: `${whole(largest)} waiting messages to Kafka and marked, messages/s`,
      values: rates(rounds),
      limit,
      limits: rates(raw),
    }),
    compare({
      what: 'CPU of relay and Postgres per 1,000 of these',
      values: costs(rounds),
      limit,
      limits: costs(raw),
      format: cpu,
    }),
  ];
}

function summariseCost({ rounds, latency, emptyServer }: Results): SummaryRow[] {
  const used = rounds.map(
    ({ wholeWay: { cpuSeconds, completed } }) => (sumCpu(cpuSeconds, isCounted) * 1_000) / completed,
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
      beside: outOfOrder === null ? 'order not checked' : `out of order: ${whole(outOfOrder)}`,
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
