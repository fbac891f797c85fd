// One run of the benchmark, from the first process started to the last one stopped.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '@lmt/stack';
import { kafkaAvailable, startStack } from '@lmt/stack';
import pg from 'pg';
import { loadStock } from './load-stock.js';
import { describeMachine } from './machine.js';
import * as phases from './phases.js';
import { reportText } from './report.js';

const services = ['order', 'relay', 'inventory'];
const settleMs = 3_000;

export interface BenchOptions {
  broker: 'kafka' | 'direct' | undefined;
  quick: boolean;
  /** a file */
  json: string | undefined;
  /** what is being done */
  say: (line: string) => void;
  signal: AbortSignal;
}

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  // Postgres is stopped at the end, or dies: the next query says so.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Postgres alone: the services are down meanwhile, and what was written is removed. */
async function sqlOnly(bench: phases.Bench) {
  const { stack, database, signal } = bench;
  for (const name of services) await stack.stop(name);
  const sql = await phases.sqlRate(bench);
  await database.query('TRUNCATE outbox_messages, order_items, orders RESTART IDENTITY');
  const admin = await connect(stack.adminUrl);
  await admin.query('CHECKPOINT').finally(() => admin.end());
  signal.throwIfAborted();
  await Promise.all(services.map((name) => stack.start(name)));
  await Promise.all(services.map((name) => stack.ready(name)));
  return sql;
}

async function measure(bench: phases.Bench, broker: 'kafka' | 'direct') {
  const { stack, database, folder, signal, say } = bench;
  const machine = await describeMachine({ folder, database, broker });
  say('stock ...');
  await loadStock(stack);
  const sql = await sqlOnly(bench);
  const accepted = await phases.acceptance(bench);
  const alone = await phases.acceptanceAlone(bench);
  const endToEnd = await phases.endToEnd(bench);
  const latency = await phases.latencies(bench, endToEnd.perSecond);
  await pause(settleMs, undefined, { signal });
  const idle = await phases.idle(bench);
  const checks = await phases.checks(bench);
  return { machine, seconds: bench.seconds, sql, accepted, alone, endToEnd, latency, idle, checks };
}

export type Results = Awaited<ReturnType<typeof measure>>;

/** Resolves with the text of the report. */
export async function runBench({ broker: wanted, quick, json, say, signal }: BenchOptions): Promise<string> {
  const withoutKafka = await kafkaAvailable();
  if (wanted === 'kafka' && withoutKafka) throw new Error(`--broker kafka: ${withoutKafka}`);
  if (!wanted && withoutKafka) say(`without Kafka: ${withoutKafka}. Messages are handed over directly.`);
  const broker = wanted ?? (withoutKafka ? 'direct' : 'kafka');
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'lmt-bench-'));
  let stack: Stack | null = null;
  let database: pg.Client | null = null;
  try {
    stack = await startStack({
      folder: join(folder, 'stack'),
      broker,
      env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      log: say,
      signal,
    });
    database = await connect(stack.databases.order);
    const bench = { stack, database, folder, seconds: phases.secondsOf(quick), signal, say };
    const results = await measure(bench, broker);
    if (json) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
    return reportText(results);
  } finally {
    if (stack || database) say('stopping ...');
    await database?.end().catch(() => {});
    await stack?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
