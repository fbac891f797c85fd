// The phases of a run. Each starts with nothing in flight.
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@lmt/stack';
import type { Client } from 'pg';
import {
  countCompleted,
  countUnfinished,
  readCompletionTimes,
  readTime,
  summarise,
  waitUntilCompleted,
} from './message-progress.js';
import { toDistribution } from './percentiles.js';
import { takeSnapshot, usedBetween } from './process-usage.js';
import { measureSql } from './sql-rate.js';
import { runInWorker } from './worker.js';

const CONNECTION_COUNTS = [1, 32, 256];
const CONNECTIONS_ALONE = 32;
const SUSTAINED_CONNECTIONS = 64;
const FIXED_RATES = [1_000, 100];
/** Above this share of the throughput, latency is that of a growing queue. */
const HIGHEST_SHARE = 0.9;
/** The first completions lag behind the first orders. */
const RAMP_SECONDS = 2;

const fullSeconds = { sql: 8, warmUp: 3, accept: 8, endToEnd: 15, latency: 12, latencyWarmUp: 2, idle: 15 };
export type Seconds = Readonly<typeof fullSeconds>;

export interface Bench {
  readonly stack: Stack;
  /** The order database. */
  readonly database: Client;
  readonly folder: string;
  readonly seconds: Seconds;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

const mapValues = (values: Readonly<Record<string, number>>, map: (value: number) => number) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));

export const chooseSeconds = (quick: boolean): Seconds =>
  quick ? { ...fullSeconds, ...mapValues(fullSeconds, (seconds) => Math.ceil(seconds / 2)) } : fullSeconds;

/** Includes this process, which reads the services' log lines. */
async function snapshot({ stack }: Bench) {
  const taken = await takeSnapshot({ ...stack.pids, 'bench (reads logs)': process.pid });
  const memoryMb = Object.fromEntries(
    Object.entries(taken.usage).map(([name, usage]) => [name, usage.memoryMb]),
  );
  return { ...taken, memoryMb };
}

export function measureSqlOnly({ stack, folder, seconds, signal, log }: Bench) {
  log('1 of 5: SQL only ...');
  return measureSql({ databaseUrl: stack.databases.order, folder, seconds: seconds.sql, signal });
}

function measureAcceptance({ stack, seconds, signal }: Bench, connections: number) {
  const task = { url: stack.urls.order, connections, warmUpSeconds: seconds.warmUp, seconds: seconds.accept };
  return runInWorker('closedLoop', task, signal);
}

export async function acceptance(bench: Bench) {
  const results = [];
  for (const connections of CONNECTION_COUNTS) {
    bench.log(`2 of 5: orders accepted at ${connections} connections ...`);
    results.push(await measureAcceptance(bench, connections));
    await waitUntilCompleted(bench.database, bench.signal);
  }
  return results;
}

/** Without relay and inventory the order service has the machine to itself, like phase 1. */
export async function acceptanceAlone(bench: Bench) {
  const { stack, database, signal, log } = bench;
  log(`2 of 5: orders accepted at ${CONNECTIONS_ALONE} connections, relay and inventory down ...`);
  const others = ['relay', 'inventory'];
  for (const name of others) await stack.stop(name);
  const result = await measureAcceptance(bench, CONNECTIONS_ALONE);
  await Promise.all(others.map((name) => stack.start(name)));
  await Promise.all(others.map((name) => stack.ready(name)));
  await waitUntilCompleted(database, signal);
  return result;
}

export async function endToEnd(bench: Bench) {
  const { stack, database, seconds, signal, log } = bench;
  log('3 of 5: orders completed ...');
  const since = await readTime(database);
  const before = await snapshot(bench);
  const task = { url: stack.urls.order, connections: SUSTAINED_CONNECTIONS, warmUpSeconds: 0 };
  const load = await runInWorker('closedLoop', { ...task, seconds: seconds.endToEnd }, signal);
  const backlogAtTheEnd = await countUnfinished(database);
  await waitUntilCompleted(database, signal);
  const after = await snapshot(bench);
  const { first, ...summary } = await summarise(database, since);
  const steady = await countCompleted(database, first, RAMP_SECONDS, seconds.endToEnd);
  const { seconds: measuredSeconds, cpuSeconds } = usedBetween(before, after);
  return {
    ...summary,
    connections: SUSTAINED_CONNECTIONS,
    acceptedPerSecond: load.perSecond,
    failed: load.failed,
    /** Includes the drain after the load. */
    perSecond: summary.completed / summary.seconds,
    steadyPerSecond: steady / (seconds.endToEnd - RAMP_SECONDS),
    backlogAtTheEnd,
    generatorCores: load.generatorCores,
    measuredSeconds,
    cpuSeconds,
    cpuSecondsPer1000: mapValues(cpuSeconds, (used) => (used * 1_000) / summary.completed),
    memoryMb: after.memoryMb,
  };
}

async function latencyAt(bench: Bench, rate: number) {
  const { stack, database, seconds, signal, log } = bench;
  log(`4 of 5: latency at ${rate} orders/s ...`);
  const since = await readTime(database);
  const before = await snapshot(bench);
  const task = {
    url: stack.urls.order,
    rate,
    warmUpSeconds: seconds.latencyWarmUp,
    seconds: seconds.latency,
  };
  const { messageIds, scheduledAt, ...load } = await runInWorker('openLoop', task, signal);
  const { seconds: took, cpuSeconds } = usedBetween(before, await snapshot(bench));
  await waitUntilCompleted(database, signal);
  const { republished } = await summarise(database, since);
  const times = await readCompletionTimes(database, since);
  const completed = messageIds.map(
    (id, index) => (times.get(id) ?? Number.NaN) - (scheduledAt[index] ?? Number.NaN),
  );
  return {
    ...load,
    republished,
    completed: toDistribution(completed),
    systemCores: Object.values(cpuSeconds).reduce((sum, used) => sum + used, 0) / took,
  };
}

export async function latencies(bench: Bench, completedPerSecond: number) {
  const half = Math.max(1, Math.round(completedPerSecond / 2));
  const rates = new Set([half, ...FIXED_RATES.filter((rate) => rate <= completedPerSecond * HIGHEST_SHARE)]);
  const results = [];
  for (const rate of rates) results.push(await latencyAt(bench, rate));
  return results;
}

export async function idle(bench: Bench) {
  const { seconds, signal, log } = bench;
  log(`5 of 5: ${seconds.idle} idle seconds ...`);
  const before = await snapshot(bench);
  await pause(seconds.idle * 1_000, undefined, { signal });
  const after = await snapshot(bench);
  const { seconds: took, cpuSeconds } = usedBetween(before, after);
  return { seconds: took, cores: mapValues(cpuSeconds, (used) => used / took), memoryMb: after.memoryMb };
}
