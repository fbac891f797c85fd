// One run: breaks its own system under load, heals it and checks the outcome.
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toConnection } from '@lmt/database-url';
import { FAIL_POINTS, loadStock, type Stack, startStack } from '@lmt/stack';
import type { Broker } from '@lmt/terminal';
import pg from 'pg';
import { breakAndHeal } from './break-and-heal.js';
import { type Clients, createClients, stock } from './clients.js';
import { clientViolations, invariantViolations } from './outcome.js';
import { formatReport } from './report.js';
import { describeFault, planFaults } from './schedule.js';

/** Shorter than the defaults in the same proportions, so that a minute includes many retries. */
const settings = {
  LOG_FORMAT: 'json',
  RELAY_CRON: '*/1 * * * * *',
  RESULT_DEADLINE_SECONDS: '2',
  RETRY_BASE_SECONDS: '0.5',
  RETRY_CAP_SECONDS: '4',
  RELAY_LEASE_SECONDS: '3',
  PUBLISH_TIMEOUT_SECONDS: '2',
};

/** chaos-command.ts describes each option. */
export interface ChaosOptions {
  readonly seconds: number;
  readonly seed?: number;
  readonly every?: number;
  readonly broker?: Broker;
  readonly brokers?: number;
  readonly keep?: boolean;
}

/** Resolves with a line for each violation. Rejects if `signal` aborts. */
export async function runChaos(
  {
    seconds,
    seed = Math.floor(Math.random() * 1_000_000),
    every,
    broker,
    brokers = 1,
    keep = false,
  }: ChaosOptions,
  log: (line: string) => void,
  signal: AbortSignal,
) {
  const folder = await mkdtemp(join(tmpdir(), 'lmt-chaos-'));
  const logs = join(folder, 'logs');
  await mkdir(logs);
  const files = new Map<string, WriteStream>();
  /** Counted from log lines, because counters in /metrics are lost when a process is killed. */
  let duplicates = 0;
  function onLine(name: string, line: string) {
    const file = files.get(name) ?? createWriteStream(join(logs, `${name}.log`));
    files.set(name, file);
    file.write(`${line}\n`);
    if (line.includes('"duplicate ignored"')) duplicates += Number(/"copies":(\d+)/.exec(line)?.[1] ?? 0);
  }
  let stack: Stack | null = null;
  let clients: Clients | null = null;
  let database: pg.Pool | null = null;
  let passed = false;
  try {
    log(`seed ${seed}, ${seconds} s; logs in ${logs}`);
    stack = await startStack({
      folder,
      ...(broker ? { broker } : {}),
      brokers,
      // One replica, so that the partitions of a dead broker have no leader.
      replicationFactor: 1,
      instances: { order: 2, relay: 2, inventory: 2 },
      proxies: 'all',
      env: settings,
      log: (line) => onLine('supervisor', line),
      onLine,
      signal,
    });
    await loadStock(stack, stock, { reason: 'chaos' });
    database = new pg.Pool({
      ...toConnection(stack.databases.order, { applicationName: 'chaos' }),
      max: 4,
      connectionTimeoutMillis: 30_000,
    });
    // Faults kill Postgres. The next query opens a new connection.
    database.on('error', () => {});
    clients = createClients(stack, seed);
    const services = stack.names.filter(stack.findInstance);
    const parts = {
      brokers: stack.names.filter((name) => name.startsWith('kafka')),
      services,
      links: stack.proxies.names,
      failPoints: FAIL_POINTS,
    };
    const planned = planFaults(seed, seconds, parts, every);
    const scene = { stack, database, clients, log, signal };
    const outcome = await breakAndHeal(scene, planned, seconds);
    const violations = [
      ...outcome.problems,
      ...(await clientViolations(database, clients)),
      ...(await invariantViolations(stack)),
    ];
    log(await formatReport(scene, outcome, duplicates));
    passed = violations.length === 0;
    if (!passed) {
      log(`\nseed ${seed} broke a promise. The schedule was:`);
      for (const fault of planned) log(describeFault(fault));
      log(`\nThe data and the logs are kept in ${folder}\n`);
    }
    return violations;
  } finally {
    await database?.end();
    await clients?.close();
    await (signal.aborted ? stack?.killAll() : stack?.stop());
    if (signal.aborted || (passed && !keep))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
