// npm run bench -- --profile: where an order's time and CPU go at shares of the maximum.
import { resolve } from 'node:path';
import { loadStock } from '@lmt/stack';
import { measureDatabase } from './database-statistics.js';
import { describeMachine } from './machine.js';
import { checkOrders, waitUntilCompleted } from './message-progress.js';
import { stock } from './orders.js';
import { READ_TIMES, toStages, toTimes } from './stages.js';
import { type Bench, measureSystem, runInWorker } from './system.js';
import { measureWholeWay } from './whole-way.js';

const CONNECTIONS = 32;
const SHARES = [0.25, 0.5, 0.75];
const WARM_UP_SECONDS = 2;
const full = { maximum: 8, level: 12 };
const quick = { maximum: 4, level: 5 };

/** The environment of services that write CPU profiles. */
export const profileEnv = (folder: string) => ({
  PROFILE_FOLDER: resolve(folder),
  NODE_OPTIONS: `--import=${new URL('cpu-profile-preload.js', import.meta.url).href}`,
});

/** Starts or ends the CPU profiles of the services. */
function toggleProfiles({ stack }: Bench) {
  for (const [name, pid] of Object.entries(stack.pids)) {
    if (stack.findInstance(name)) process.kill(pid, 'SIGUSR2');
  }
}

async function measureLevel(bench: Bench, rate: number, options: ProfileOptions, seconds: number) {
  const { stack, database, signal, log } = bench;
  log(`${rate} orders/s ...`);
  const load = { url: stack.urls.order, rate };
  await runInWorker('openLoop', { ...load, warmUpSeconds: 0, seconds: WARM_UP_SECONDS }, signal);
  await waitUntilCompleted(database, signal);
  if (options.folder !== null) toggleProfiles(bench);
  const run = () =>
    measureSystem(bench, async () => {
      const loaded = await runInWorker('openLoop', { ...load, warmUpSeconds: 0, seconds }, signal);
      await waitUntilCompleted(database, signal);
      return loaded;
    });
  const { result: used, ...statistics } = await measureDatabase(database, options.hasStatements, run);
  if (options.folder !== null) toggleProfiles(bench);
  const { messages, ...loaded } = used.result;
  const { rows } = await database.query(READ_TIMES, [messages.map(({ id }) => id)]);
  return {
    ...loaded,
    orders: messages.length,
    stages: toStages(toTimes(rows, messages)),
    seconds: used.seconds,
    cpuSeconds: used.cpuSeconds,
    waits: used.waits,
    ...statistics,
  };
}

export interface ProfileOptions {
  readonly quick: boolean;
  /** Where the services write CPU profiles, or null. */
  readonly folder: string | null;
  readonly hasStatements: boolean;
}

export async function measureProfile(bench: Bench, options: ProfileOptions) {
  const { stack, database, log } = bench;
  const seconds = options.quick ? quick : full;
  const machine = await describeMachine(stack, database);
  await loadStock(stack, stock, { reason: 'benchmark' });
  log('warm-up and maximum ...');
  await measureWholeWay(bench, { connections: CONNECTIONS, seconds: seconds.maximum });
  const maximum = await measureWholeWay(bench, { connections: CONNECTIONS, seconds: seconds.maximum });
  const levels = [];
  for (const share of SHARES) {
    const rate = Math.max(1, Math.round(maximum.perSecond * share));
    levels.push({ share, ...(await measureLevel(bench, rate, options, seconds.level)) });
  }
  const checks = await checkOrders(database);
  return { machine, maximum, levels, hasProfiles: options.folder !== null, checks };
}

export type Profile = Awaited<ReturnType<typeof measureProfile>>;
