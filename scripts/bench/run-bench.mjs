// One run of the benchmark, from the first process started to the last one stopped.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { kafkaAvailable } from '../stack/kafka.mjs';
import { startStack } from '../stack/stack.mjs';
import { loadStock } from './load-stock.mjs';
import { describeMachine } from './machine.mjs';
import * as phases from './phases.mjs';
import { reportText } from './report.mjs';

const services = ['order', 'relay', 'inventory'];
const settleMs = 3_000;

/**
 * @typedef {object} BenchOptions
 * @property {'kafka' | 'direct' | undefined} broker
 * @property {boolean} quick
 * @property {string | undefined} json a file
 * @property {(line: string) => void} say what is being done
 * @property {AbortSignal} signal
 */

/** @param {string} url */
async function connect(url) {
  const client = new pg.Client({ connectionString: url });
  // Postgres is stopped at the end, or dies: the next query says so.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/**
 * Postgres alone: the services are down meanwhile, and what was written is removed.
 *
 * @param {phases.Bench} bench
 */
async function sqlOnly(bench) {
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

/** @param {phases.Bench} bench @param {'kafka' | 'direct'} broker */
async function measure(bench, broker) {
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

/** @typedef {Awaited<ReturnType<typeof measure>>} Results */

/**
 * Resolves with the text of the report.
 *
 * @param {BenchOptions} options
 * @returns {Promise<string>}
 */
export async function runBench({ broker: wanted, quick, json, say, signal }) {
  const withoutKafka = await kafkaAvailable();
  if (wanted === 'kafka' && withoutKafka) throw new Error(`--broker kafka: ${withoutKafka}`);
  if (!wanted && withoutKafka) say(`without Kafka: ${withoutKafka}. Messages are handed over directly.`);
  const broker = wanted ?? (withoutKafka ? 'direct' : 'kafka');
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'lmt-bench-'));
  /** @type {import('../stack/stack.mjs').Stack | null} */
  let stack = null;
  /** @type {pg.Client | null} */
  let database = null;
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
