// The phases of a run. Each phase starts with no message in flight.
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadStock, type Stack } from '@lmt/stack';
import { execaNode, type Message } from 'execa';
import type { Client } from 'pg';
import type { Loads } from './load-worker.js';
import { describeMachine } from './machine.js';
import {
  checkOrders,
  countUnfinished,
  readCompletions,
  summarise,
  waitUntilCompleted,
} from './message-progress.js';
import { stock } from './orders.js';
import { toDistribution } from './percentiles.js';
import { measureUsage } from './process-usage.js';
import { measureSql } from './sql-rate.js';

const CONNECTION_COUNTS = [1, 32, 256];
const CONNECTIONS_ALONE = 32;
const SUSTAINED_CONNECTIONS = 64;
const FIXED_RATES = [1_000, 100];
/** Above this share of the throughput, latencies measure a growing queue. */
const HIGHEST_SHARE = 0.9;
/** Left out of the steady rate, because the first completions lag behind the first orders. */
const RAMP_SECONDS = 2;
const SETTLE_MS = 3_000;

const fullSeconds = { sql: 8, warmUp: 3, accept: 8, endToEnd: 15, latency: 12, latencyWarmUp: 2, idle: 15 };

interface Bench {
  readonly stack: Stack;
  /** A superuser's connection to the order database. */
  readonly database: Client;
  readonly seconds: typeof fullSeconds;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

const loadWorker = fileURLToPath(new URL('load-worker.js', import.meta.url));

/** Runs a load generator in its own process, so that neither process delays the other. */
async function runInWorker<Name extends keyof Loads>(
  name: Name,
  task: Parameters<Loads[Name]>[0] & Message,
  cancelSignal: AbortSignal,
) {
  const ipcInput: Message = task;
  const output = { stdout: 'ignore', stderr: 'inherit' } as const;
  const options = { ipcInput, ...output, cancelSignal, killSignal: 'SIGKILL' } as const;
  const { ipcOutput } = await execaNode(loadWorker, [name], options);
  return ipcOutput[0] as Awaited<ReturnType<Loads[Name]>>;
}

/** Measures the stack and this process, which reads the services' log lines. */
const measureSystem = <T>({ stack }: Bench, work: () => Promise<T>) =>
  measureUsage(() => ({ ...stack.pids, 'bench (reads logs)': process.pid }), work);

/** Runs `work` while the named services are down, then starts them again. */
async function runWithout<T>({ stack, signal }: Bench, names: readonly string[], work: () => Promise<T>) {
  for (const name of names) await stack.stop(name);
  const result = await work();
  signal.throwIfAborted();
  await Promise.all(names.map((name) => stack.start(name)));
  await Promise.all(names.map((name) => stack.ready(name)));
  return result;
}

/** Measures Postgres alone, then removes the rows that this wrote. */
async function measureSqlOnly({ stack, database, seconds, signal, log }: Bench) {
  log('1 of 5: SQL only ...');
  const sql = await measureSql(stack.databases.order, seconds.sql, signal);
  await database.query('TRUNCATE outbox_messages, order_items, orders RESTART IDENTITY');
  await database.query('CHECKPOINT');
  return sql;
}

function measureAcceptance({ stack, seconds, signal, log }: Bench, connections: number, addition = '') {
  log(`2 of 5: orders accepted at ${connections} connections${addition} ...`);
  const task = { url: stack.urls.order, connections, warmUpSeconds: seconds.warmUp, seconds: seconds.accept };
  return runInWorker('closedLoop', task, signal);
}

async function measureEndToEnd(bench: Bench) {
  const { stack, database, seconds, signal, log } = bench;
  log('3 of 5: orders completed ...');
  const since = new Date();
  const task = { url: stack.urls.order, connections: SUSTAINED_CONNECTIONS, warmUpSeconds: 0 };
  const used = await measureSystem(bench, async () => {
    const load = await runInWorker('closedLoop', { ...task, seconds: seconds.endToEnd }, signal);
    const backlogAtTheEnd = await countUnfinished(database);
    await waitUntilCompleted(database, signal);
    return { load, backlogAtTheEnd };
  });
  const { load, backlogAtTheEnd } = used.result;
  const { steady, ...summary } = await summarise(database, since, RAMP_SECONDS, seconds.endToEnd);
  return {
    ...summary,
    connections: SUSTAINED_CONNECTIONS,
    acceptedPerSecond: load.perSecond,
    failed: load.failed,
    /** Average over the load and the drain after it. */
    perSecond: summary.completed / summary.seconds,
    steadyPerSecond: steady / (seconds.endToEnd - RAMP_SECONDS),
    backlogAtTheEnd,
    generatorCores: load.generatorCores,
    measuredSeconds: used.seconds,
    cpuSeconds: used.cpuSeconds,
    memoryMb: used.memoryMb,
  };
}

async function measureLatency(bench: Bench, rate: number) {
  const { stack, database, seconds, signal, log } = bench;
  log(`4 of 5: latency at ${rate} orders/s ...`);
  const since = new Date();
  const { latencyWarmUp: warmUpSeconds, latency } = seconds;
  const task = { url: stack.urls.order, rate, warmUpSeconds, seconds: latency };
  const used = await measureSystem(bench, () => runInWorker('openLoop', task, signal));
  const { messages, ...load } = used.result;
  await waitUntilCompleted(database, signal);
  const completions = await readCompletions(database, since);
  const times = new Map(completions.map(({ id, completedAt }) => [id, completedAt]));
  return {
    ...load,
    republished: completions.filter(({ attempts }) => attempts > 1).length,
    completed: toDistribution(messages.map(({ id, dueAt }) => (times.get(id) ?? Number.NaN) - dueAt)),
    systemCores: Object.values(used.cpuSeconds).reduce((sum, cpu) => sum + cpu, 0) / used.seconds,
  };
}

async function measureIdle(bench: Bench) {
  const { signal, log } = bench;
  await pause(SETTLE_MS, undefined, { signal });
  log(`5 of 5: ${bench.seconds.idle} idle seconds ...`);
  return measureSystem(bench, () => pause(bench.seconds.idle * 1_000, undefined, { signal }));
}

/** Keeps the console open in browsers until the signal aborts. */
function openBrowsers({ stack, log }: Omit<Bench, 'seconds'>, browsers: number, signal: AbortSignal): void {
  if (browsers === 0) return;
  log(`the console is open in ${browsers} browsers`);
  const task = { url: stack.urls.console, signInUrl: stack.consoleSignInUrl, browsers };
  runInWorker('openPages', task, signal).catch((error: Error) => {
    if (!signal.aborted) log(`the browsers ended: ${error.message}`);
  });
}

/** Returns the duration of each phase, halved for a quick run. */
function chooseSeconds(quick: boolean) {
  const times = Object.entries(fullSeconds).map(([phase, full]) => [
    phase,
    quick ? Math.ceil(full / 2) : full,
  ]);
  return Object.fromEntries(times) as typeof fullSeconds;
}

export interface Choices {
  /** Halves the duration of each phase. */
  readonly quick: boolean;
  readonly browsers: number;
}

export async function measure(system: Omit<Bench, 'seconds'>, { quick, browsers }: Choices) {
  const ended = new AbortController();
  openBrowsers(system, browsers, AbortSignal.any([system.signal, ended.signal]));
  try {
    return { browsers, ...(await measurePhases(system, quick)) };
  } finally {
    ended.abort();
  }
}

async function measurePhases(system: Omit<Bench, 'seconds'>, quick: boolean) {
  const seconds = chooseSeconds(quick);
  const bench: Bench = { ...system, seconds };
  const { stack, database, signal, log } = bench;
  const machine = await describeMachine(stack, database);
  log('stock ...');
  await loadStock(stack, stock, { reason: 'benchmark' });
  const sql = await runWithout(bench, ['order', 'relay', 'inventory'], () => measureSqlOnly(bench));

  const accepted = [];
  for (const connections of CONNECTION_COUNTS) {
    accepted.push(await measureAcceptance(bench, connections));
    await waitUntilCompleted(database, signal);
  }
  // Here the order service has the machine to itself, as Postgres has in phase 1.
  const alone = await runWithout(bench, ['relay', 'inventory'], () =>
    measureAcceptance(bench, CONNECTIONS_ALONE, ', relay and inventory down'),
  );
  await waitUntilCompleted(database, signal);

  const endToEnd = await measureEndToEnd(bench);
  const half = Math.max(1, Math.round(endToEnd.perSecond / 2));
  const fixed = FIXED_RATES.filter((rate) => rate <= endToEnd.perSecond * HIGHEST_SHARE);
  const latency = [];
  for (const rate of new Set([half, ...fixed])) latency.push(await measureLatency(bench, rate));
  const idle = await measureIdle(bench);
  const checks = await checkOrders(database);
  return { machine, seconds, sql, accepted, alone, endToEnd, latency, idle, checks };
}

export type Results = Awaited<ReturnType<typeof measure>>;
