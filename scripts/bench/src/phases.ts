// The phases of the main run. Each phase starts with no message in flight. Figures that the report
// compares are measured in alternation, because the speed of a virtual machine changes in minutes.
import { setTimeout as pause } from 'node:timers/promises';
import { ORDER_EVENTS_PARTITIONS } from '@lmt/contracts';
import { loadStock } from '@lmt/stack';
import { drainBacklog, measureHotKey } from './backlog.js';
import { measureEmptyServer } from './limits.js';
import { describeMachine } from './machine.js';
import { checkOrders, waitUntilCompleted } from './message-progress.js';
import { stock } from './orders.js';
import { prepareSql } from './sql-rate.js';
import { type Bench, measureSystem, runInWorker } from './system.js';
import { measureLatency, measureWholeWay } from './whole-way.js';

export const CONNECTIONS = 32;
const OTHER_CONNECTIONS = [1, 256];
const LOW_RATES = [100, 200];
/** Of the throughput. Above the last one, latencies measure a growing queue. */
const SHARES = [0.25, 0.5, 0.75];
const RAW_BATCH = 500;

/** Durations in seconds, numbers of rounds and messages. */
const full = {
  rounds: 3,
  sql: 5,
  warmUp: 4,
  wholeWay: 8,
  accept: 4,
  latencyWarmUp: 2,
  latency: 8,
  rest: 40,
  idle: 30,
  backlogs: [3_000, 10_000, 30_000],
  hotKey: { messages: 5_000, rate: 100, seconds: 12 },
};
const quick: typeof full = {
  ...full,
  rounds: 1,
  sql: 3,
  wholeWay: 5,
  accept: 2,
  latency: 4,
  rest: 3,
  idle: 8,
  backlogs: [3_000, 10_000],
};

async function measureRounds(bench: Bench, sizes: typeof full) {
  const { log, database, signal } = bench;
  const sql = await prepareSql(bench);
  log('warm-up ...');
  await measureWholeWay(bench, { connections: CONNECTIONS, seconds: sizes.warmUp });
  const rounds = [];
  for (let round = 1; round <= sizes.rounds; round += 1) {
    log(`round ${round} of ${sizes.rounds}: SQL only, then the whole way at ${CONNECTIONS} connections ...`);
    const rates = sql ? await sql.measure(sizes.sql) : null;
    await database.query('CHECKPOINT');
    const wholeWay = await measureWholeWay(bench, { connections: CONNECTIONS, seconds: sizes.wholeWay });
    rounds.push({ sql: rates, wholeWay });
  }
  const accepted = [];
  for (const connections of OTHER_CONNECTIONS) {
    log(`${connections} connections ...`);
    const task = { url: bench.stack.urls.order, connections, warmUpSeconds: 1, seconds: sizes.accept };
    accepted.push(await runInWorker('closedLoop', task, signal));
    await waitUntilCompleted(database, signal);
  }
  return { tool: sql?.tool ?? null, rounds, accepted };
}

async function measureLatencies(bench: Bench, maximum: number, sizes: typeof full) {
  const { log } = bench;
  const times = { warmUpSeconds: sizes.latencyWarmUp, seconds: sizes.latency };
  const [lowest = 0] = LOW_RATES;
  log(`an empty server at ${lowest} requests/s ...`);
  const emptyServer = await measureEmptyServer(bench, { ...times, rate: lowest });
  const rates = SHARES.map((share) => Math.max(1, Math.round(maximum * share)));
  const latency = [];
  for (const rate of new Set([...LOW_RATES.filter((rate) => rate <= maximum), ...rates])) {
    log(`latency at ${rate} orders/s ...`);
    latency.push(await measureLatency(bench, { ...times, rate }));
  }
  return { emptyServer, latency, halfRate: rates[1] ?? 0 };
}

/** Alternates the largest backlog with Kafka alone. The smaller ones run once. */
async function measureBacklogs(bench: Bench, { backlogs, rounds }: typeof full) {
  const { stack, signal, log } = bench;
  const { bootstrap } = stack.broker;
  // Without a broker, a message is published by the inventory's answer.
  if (bootstrap === null) return { raw: [], drains: [] };
  const largest = Math.max(...backlogs);
  const task = { topic: 'bench-raw', partitions: ORDER_EVENTS_PARTITIONS, batchSize: RAW_BATCH };
  const raw = [];
  const drains = [];
  for (let round = 1; round <= rounds; round += 1) {
    log(`Kafka alone, ${largest} messages ...`);
    raw.push(await runInWorker('rawPublish', { ...task, bootstrap, messages: largest }, signal));
    for (const size of round === 1 ? backlogs : [largest]) {
      log(`${size} waiting messages ...`);
      drains.push(await drainBacklog(bench, size));
    }
  }
  return { raw, drains };
}

// For half a minute after the last work, V8 returns memory to the system. `rest` leaves that out.
async function measureIdle(bench: Bench, { rest, idle }: typeof full) {
  const { signal, log } = bench;
  log(`${rest} seconds of rest, then ${idle} idle seconds ...`);
  await pause(rest * 1_000, undefined, { signal });
  return measureSystem(bench, () => pause(idle * 1_000, undefined, { signal }));
}

/** Keeps the console open in browsers until the signal aborts. */
function openBrowsers({ stack, log }: Bench, browsers: number, signal: AbortSignal): void {
  if (browsers === 0) return;
  log(`the console is open in ${browsers} browsers`);
  const task = { url: stack.urls.console, signInUrl: stack.consoleSignInUrl, browsers };
  runInWorker('openPages', task, signal).catch((error: Error) => {
    if (!signal.aborted) log(`the browsers ended: ${error.message}`);
  });
}

export interface Choices {
  /** One round and shorter phases. */
  readonly quick: boolean;
  readonly browsers: number;
}

export async function measure(bench: Bench, { quick: isQuick, browsers }: Choices) {
  const ended = new AbortController();
  openBrowsers(bench, browsers, AbortSignal.any([bench.signal, ended.signal]));
  try {
    return { browsers, ...(await measurePhases(bench, isQuick ? quick : full)) };
  } finally {
    ended.abort();
  }
}

async function measurePhases(bench: Bench, sizes: typeof full) {
  const { stack, database, log } = bench;
  const started = performance.now();
  const machine = await describeMachine(stack, database);
  log('stock ...');
  await loadStock(stack, stock, { reason: 'benchmark' });
  const throughput = await measureRounds(bench, sizes);
  const best = Math.max(...throughput.rounds.map(({ wholeWay }) => wholeWay.perSecond));
  const latencies = await measureLatencies(bench, best, sizes);
  const backlog = await measureBacklogs(bench, sizes);
  log(`${sizes.hotKey.messages} messages of one key ...`);
  const hotKey = await measureHotKey(bench, sizes.hotKey);
  const idle = await measureIdle(bench, sizes);
  const checks = await checkOrders(database);
  const seconds = (performance.now() - started) / 1_000;
  return { machine, sizes, ...throughput, ...latencies, backlog, hotKey, idle, checks, seconds };
}

export type Results = Awaited<ReturnType<typeof measure>>;
