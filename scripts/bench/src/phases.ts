// What is measured, one phase after the other. Each begins with nothing under way.

import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@lmt/stack';
import type { Client } from 'pg';
import type { Accepted } from './closed-loop-worker.js';
import {
  completionTimes,
  countCompleted,
  countUnfinished,
  databaseTime,
  summarise,
  waitUntilCompleted,
} from './message-progress.js';
import type { Paced } from './open-loop-worker.js';
import { distributionOf } from './percentiles.js';
import { takeSnapshot, usedBetween } from './process-usage.js';
import { measureSql } from './sql-rate.js';
import { runWorker } from './worker.js';

const connectionCounts = [1, 32, 256];
const connectionsAlone = 32;
const sustainedConnections = 64;
const fixedRates = [1_000, 100];
// Above it the schedule outruns the system, and the latency is that of a growing queue.
const highestShare = 0.9;
// The first completions lag behind the first orders.
const rampSeconds = 2;

const fullSeconds = { sql: 8, warmUp: 3, accept: 8, endToEnd: 15, latency: 12, latencyWarmUp: 2, idle: 15 };
export type Seconds = typeof fullSeconds;

export interface Bench {
  stack: Stack;
  /** the order database */
  database: Client;
  folder: string;
  seconds: Seconds;
  signal: AbortSignal;
  say: (line: string) => void;
}

export function secondsOf(quick: boolean): Seconds {
  if (!quick) return fullSeconds;
  const half = Object.entries(fullSeconds).map(([name, seconds]) => [name, Math.ceil(seconds / 2)]);
  return Object.fromEntries(half);
}

/** The stack's processes and this one, which reads what they print. */
const snapshot = ({ stack }: Bench) => takeSnapshot({ ...stack.pids, 'bench (reads logs)': process.pid });

export function sqlRate({ stack, folder, seconds, signal, say }: Bench) {
  say('1 of 5: SQL only ...');
  return measureSql({ databaseUrl: stack.databases.order, folder, seconds: seconds.sql, signal });
}

export async function acceptance({ stack, database, seconds, signal, say }: Bench) {
  const rates: Accepted[] = [];
  for (const connections of connectionCounts) {
    say(`2 of 5: orders accepted at ${connections} connections ...`);
    const task = {
      url: stack.urls.order,
      connections,
      warmUpSeconds: seconds.warmUp,
      seconds: seconds.accept,
    };
    rates.push(await runWorker('closed-loop-worker.mjs', task, signal));
    await waitUntilCompleted(database, signal);
  }
  return rates;
}

/**
 * The same at 32 connections while nobody takes the messages, so that the order service has the machine
 * for itself, as the transactions of phase 1 have.
 */
export async function acceptanceAlone({ stack, database, seconds, signal, say }: Bench) {
  say('2 of 5: orders accepted at 32 connections, relay and inventory down ...');
  const others = ['relay', 'inventory'];
  for (const name of others) await stack.stop(name);
  const task = {
    url: stack.urls.order,
    connections: connectionsAlone,
    warmUpSeconds: seconds.warmUp,
    seconds: seconds.accept,
  };
  const alone: Accepted = await runWorker('closed-loop-worker.mjs', task, signal);
  await Promise.all(others.map((name) => stack.start(name)));
  await Promise.all(others.map((name) => stack.ready(name)));
  await waitUntilCompleted(database, signal);
  return alone;
}

export async function endToEnd(bench: Bench) {
  const { stack, database, seconds, signal, say } = bench;
  say('3 of 5: orders completed ...');
  const since = await databaseTime(database);
  const before = await snapshot(bench);
  const task = {
    url: stack.urls.order,
    connections: sustainedConnections,
    warmUpSeconds: 0,
    seconds: seconds.endToEnd,
  };
  const load: Accepted = await runWorker('closed-loop-worker.mjs', task, signal);
  const backlog = await countUnfinished(database);
  await waitUntilCompleted(database, signal);
  const after = await snapshot(bench);
  const run = await summarise(database, since);
  const steady = await countCompleted(database, run.first, rampSeconds, seconds.endToEnd);
  const { seconds: measuredSeconds, cpuSeconds } = usedBetween(before, after);
  const share = (used: number) => (used * 1_000) / run.completed;
  return {
    connections: sustainedConnections,
    acceptedPerSecond: load.perSecond,
    failed: load.failed,
    completed: run.completed,
    seconds: run.seconds,
    /** Over the run with its drain. */
    perSecond: run.completed / run.seconds,
    steadyPerSecond: steady / (seconds.endToEnd - rampSeconds),
    backlogAtTheEnd: backlog,
    publishedAgain: run.publishedAgain,
    generatorCores: load.generatorCores,
    measuredSeconds,
    cpuSeconds,
    cpuSecondsPer1000: Object.fromEntries(
      Object.entries(cpuSeconds).map(([name, used]) => [name, share(used)]),
    ),
    memoryMb: Object.fromEntries(Object.entries(after.of).map(([name, { memoryMb }]) => [name, memoryMb])),
  };
}

async function latencyAt(bench: Bench, rate: number) {
  const { stack, database, seconds, signal, say } = bench;
  say(`4 of 5: latency at ${rate} orders/s ...`);
  const since = await databaseTime(database);
  const before = await snapshot(bench);
  const task = {
    url: stack.urls.order,
    rate,
    warmUpSeconds: seconds.latencyWarmUp,
    seconds: seconds.latency,
  };
  const paced: Paced = await runWorker('open-loop-worker.mjs', task, signal);
  const { seconds: took, cpuSeconds } = usedBetween(before, await snapshot(bench));
  await waitUntilCompleted(database, signal);
  const { publishedAgain } = await summarise(database, since);
  const times = await completionTimes(database, since);
  const completed = paced.messageIds.map(
    (id, index) => (times.get(id) ?? Number.NaN) - (paced.scheduledAt[index] ?? Number.NaN),
  );
  return {
    rate,
    failed: paced.failed,
    publishedAgain,
    accepted: paced.accepted,
    completed: distributionOf(completed),
    late: paced.late,
    generatorCores: paced.generatorCores,
    systemCores: Object.values(cpuSeconds).reduce((sum, used) => sum + used, 0) / took,
  };
}

export async function latencies(bench: Bench, completedPerSecond: number) {
  const rates = fixedRates.filter((rate) => rate <= completedPerSecond * highestShare);
  const wanted = new Set([Math.max(1, Math.round(completedPerSecond / 2)), ...rates]);
  const results = [];
  for (const rate of wanted) results.push(await latencyAt(bench, rate));
  return results;
}

export async function idle(bench: Bench) {
  const { seconds, signal, say } = bench;
  say(`5 of 5: ${seconds.idle} idle seconds ...`);
  const before = await snapshot(bench);
  await pause(seconds.idle * 1_000, undefined, { signal });
  const after = await snapshot(bench);
  const { seconds: took, cpuSeconds } = usedBetween(before, after);
  return {
    seconds: took,
    cores: Object.fromEntries(Object.entries(cpuSeconds).map(([name, used]) => [name, used / took])),
    memoryMb: Object.fromEntries(Object.entries(after.of).map(([name, { memoryMb }]) => [name, memoryMb])),
  };
}

/** What would make the figures worthless. */
export async function checks({ database }: Bench) {
  const { rows } = await database.query(
    `SELECT
       (SELECT count(*) FROM orders WHERE status <> 'CONFIRMED')::int AS "notConfirmed",
       (SELECT count(*) FROM outbox_messages WHERE status <> 'COMPLETED')::int AS "notCompleted",
       (SELECT count(*) FROM orders)::int AS orders`,
  );
  return rows[0] as { orders: number; notConfirmed: number; notCompleted: number };
}
