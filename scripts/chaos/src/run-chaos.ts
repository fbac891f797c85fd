// One run: a system of its own is broken under load by a plan, healed, and judged.
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAIL_POINTS, loadStock, type Stack, startStack } from '@lmt/stack';
import pg from 'pg';
import { breakAndHeal } from './break-and-heal.js';
import { type Clients, createClients, stock } from './clients.js';
import { clientViolations, countOrdersByStatus, invariantViolations, recoveryTimes } from './outcome.js';
import { createRandom } from './random.js';
import { formatReport } from './report.js';
import { describeFault, planFaults } from './schedule.js';

/** Shorter than the defaults, in their proportions, so that a minute sees many retries. */
const settings = {
  LOG_FORMAT: 'json',
  RELAY_CRON: '*/1 * * * * *',
  RESULT_DEADLINE_SECONDS: '2',
  RETRY_BASE_SECONDS: '0.5',
  RETRY_CAP_SECONDS: '4',
  RELAY_LEASE_SECONDS: '3',
  PUBLISH_TIMEOUT_SECONDS: '2',
};

export interface ChaosOptions {
  /** How long faults are injected. */
  readonly seconds: number;
  /** The same seed gives the same schedule. Random by default. */
  readonly seed?: number;
  /** Seconds from one fault to the next, on average. */
  readonly every?: number;
  readonly broker?: 'kafka' | 'direct';
  /** Keeps the folder even when every promise holds. */
  readonly keep?: boolean;
}

export interface ChaosRun extends ChaosOptions {
  readonly log: (line: string) => void;
  /** Aborting ends the run, which then rejects. */
  readonly signal: AbortSignal;
}

/** Writes the lines of each process to its own file, and counts the duplicates they report. */
function createProcessLogs(folder: string) {
  const files = new Map<string, WriteStream>();
  let duplicates = 0;
  return {
    /** Counted from log lines, since a counter of /metrics dies with its process. */
    get duplicates() {
      return duplicates;
    },
    write(name: string, line: string) {
      const file = files.get(name) ?? createWriteStream(join(folder, `${name}.log`));
      files.set(name, file);
      file.write(`${line}\n`);
      if (line.includes('"duplicate ignored"')) duplicates += Number(/"copies":(\d+)/.exec(line)?.[1] ?? 0);
    },
    close() {
      for (const file of files.values()) file.end();
    },
  };
}

/** Resolves with a line per violated promise. */
export async function runChaos({ seconds, every, broker, keep = false, log, signal, ...options }: ChaosRun) {
  const { seed = Math.floor(Math.random() * 1_000_000) } = options;
  const folder = await mkdtemp(join(tmpdir(), 'lmt-chaos-'));
  await mkdir(join(folder, 'logs'));
  const logs = createProcessLogs(join(folder, 'logs'));
  let stack: Stack | null = null;
  let clients: Clients | null = null;
  let database: pg.Pool | null = null;
  let passed = false;
  try {
    log(`seed ${seed}, ${seconds} s; logs in ${join(folder, 'logs')}`);
    stack = await startStack({
      folder,
      ...(broker ? { broker } : {}),
      instances: { order: 2, relay: 2, inventory: 2 },
      proxies: 'all',
      env: settings,
      log: (line) => logs.write('supervisor', line),
      onLine: logs.write,
      signal,
    });
    const { proxies, addressOf, names } = stack;
    await loadStock(stack, stock, { reason: 'chaos' });
    database = new pg.Pool({
      connectionString: stack.databases.order,
      max: 4,
      connectionTimeoutMillis: 30_000,
    });
    // Faults kill Postgres. The next query opens a new connection.
    database.on('error', () => {});
    clients = createClients({
      stack,
      orderUrls: proxies.names
        .filter((name) => name.startsWith('client->'))
        .map((name) => `http://127.0.0.1:${proxies.get(name).port}`),
      random: createRandom(seed + 1),
      keyPrefix: `chaos-${seed}`,
    });
    const services = names.filter((name) => addressOf(name));
    const parts = { broker: stack.broker.kind, services, links: proxies.names, failPoints: FAIL_POINTS };
    const planned = planFaults(seed, seconds, parts, every);
    const course = await breakAndHeal({ stack, database, clients }, planned, seconds, log, signal);
    const wrong = [
      ...course.problems,
      ...(await clientViolations(database, clients)),
      ...(await invariantViolations(stack)),
    ];
    log(
      formatReport({
        ...course,
        ordersByStatus: await countOrdersByStatus(database),
        counts: clients.counts,
        duplicates: logs.duplicates,
        restarts: (await stack.status()).reduce((sum, { restarts }) => sum + restarts, 0),
        recovery: await recoveryTimes(database, course.ended),
      }),
    );
    passed = wrong.length === 0;
    if (!passed) {
      log(`\nseed ${seed} broke a promise. The schedule was:`);
      for (const fault of planned) log(describeFault(fault));
      log(`\nThe data and the logs are kept in ${folder}\n`);
    }
    return wrong;
  } finally {
    await database?.end();
    await clients?.close();
    await (signal.aborted ? stack?.killAll() : stack?.stop());
    logs.close();
    if (signal.aborted || (passed && !keep))
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
