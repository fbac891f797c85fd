// One run of the benchmark: starts a stack of its own, measures it, stops it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { kafkaUnavailableReason, loadStock, type Stack, startStack } from '@lmt/stack';
import pg from 'pg';
import { describeMachine } from './machine.js';
import { checkOrders } from './message-progress.js';
import { stock } from './orders.js';
import * as phases from './phases.js';
import { formatReport } from './report.js';

const SERVICES = ['order', 'relay', 'inventory'];
const SETTLE_MS = 3_000;

export interface BenchOptions {
  readonly broker?: 'kafka' | 'direct';
  /** Halves the times. */
  readonly quick?: boolean;
  /** A file that receives the figures. */
  readonly json?: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

async function connect(url: string) {
  const client = new pg.Client({ connectionString: url });
  // A lost connection fails the next query.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Measures Postgres alone: the services are stopped meanwhile, and the rows are removed. */
async function sqlOnly(bench: phases.Bench) {
  const { stack, database, signal } = bench;
  for (const name of SERVICES) await stack.stop(name);
  const sql = await phases.measureSqlOnly(bench);
  await database.query('TRUNCATE outbox_messages, order_items, orders RESTART IDENTITY');
  const admin = await connect(stack.adminUrl);
  await admin.query('CHECKPOINT').finally(() => admin.end());
  signal.throwIfAborted();
  await Promise.all(SERVICES.map((name) => stack.start(name)));
  await Promise.all(SERVICES.map((name) => stack.ready(name)));
  return sql;
}

async function measure(bench: phases.Bench) {
  const { stack, database, folder, seconds, signal, log } = bench;
  const machine = await describeMachine(folder, database, stack.broker.kind);
  log('stock ...');
  await loadStock(stack, stock, { reason: 'benchmark' });
  const sql = await sqlOnly(bench);
  const accepted = await phases.acceptance(bench);
  const alone = await phases.acceptanceAlone(bench);
  const endToEnd = await phases.endToEnd(bench);
  const latency = await phases.latencies(bench, endToEnd.perSecond);
  await pause(SETTLE_MS, undefined, { signal });
  const idle = await phases.idle(bench);
  const checks = await checkOrders(database);
  return { machine, seconds, sql, accepted, alone, endToEnd, latency, idle, checks };
}

export type Results = Awaited<ReturnType<typeof measure>>;

/** Resolves with the text of the report. */
export async function runBench({ quick = false, broker, json, log, signal }: BenchOptions): Promise<string> {
  const noKafka = broker ? null : await kafkaUnavailableReason();
  if (noKafka) log(`without Kafka: ${noKafka}. The relay sends the messages directly.`);
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'lmt-bench-'));
  let stack: Stack | null = null;
  let database: pg.Client | null = null;
  try {
    stack = await startStack({
      folder: join(folder, 'stack'),
      ...(broker ? { broker } : {}),
      env: { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      log,
      signal,
    });
    database = await connect(stack.databases.order);
    const bench = { stack, database, folder, seconds: phases.chooseSeconds(quick), signal, log };
    const results = await measure(bench);
    if (json) await writeFile(json, `${JSON.stringify(results, null, 2)}\n`);
    return formatReport(results);
  } finally {
    if (stack) log('stopping ...');
    await database?.end().catch(() => {});
    await stack?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
