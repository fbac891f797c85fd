// npm run bench -- --profile: where an order's time and CPU go at shares of the maximum.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadStock, poll } from '@lmt/stack';
import { summariseProfile } from './cpu-profile.js';
import { measureDatabase } from './database-statistics.js';
import { describeMachine } from './machine.js';
import { checkOrders, waitUntilCompleted } from './message-progress.js';
import { stock } from './orders.js';
import { READ_TIMES, toStages, toTimes } from './stages.js';
import { type Bench, measureSystem, runInWorker } from './system.js';
import { measureWholeWay } from './whole-way.js';

const CONNECTIONS = 32;
const SHARES = [0.25, 0.5, 0.75];
const SERVICES = ['order', 'relay', 'inventory'];
const WARM_UP_SECONDS = 2;
const full = { maximum: 8, level: 12 };
const quick = { maximum: 4, level: 5 };

/** The environment of services that write CPU profiles. */
export const profileEnv = (folder: string) => ({
  PROFILE_FOLDER: resolve(folder),
  NODE_OPTIONS: `--import=${new URL('cpu-profile-preload.js', import.meta.url).href}`,
});

interface Level {
  /** 1 for the first one. */
  readonly number: number;
  readonly rate: number;
  readonly seconds: number;
}

/** Posts orders at the level's rate and waits until they are completed. */
async function runLevel({ stack, database, signal }: Bench, rate: number, seconds: number) {
  const task = { url: stack.urls.order, rate, warmUpSeconds: 0, seconds };
  const load = await runInWorker('openLoop', task, signal);
  await waitUntilCompleted(database, signal);
  return load;
}

async function measureLevel(bench: Bench, { rate, seconds }: Level, hasStatements: boolean) {
  const { database, log } = bench;
  log(`${rate} orders/s ...`);
  await runLevel(bench, rate, WARM_UP_SECONDS);
  const { result: used, ...statistics } = await measureDatabase(database, hasStatements, () =>
    measureSystem(bench, () => runLevel(bench, rate, seconds)),
  );
  const { messages, ...load } = used.result;
  const { rows } = await database.query(READ_TIMES, [messages.map(({ id }) => id)]);
  return {
    ...load,
    orders: messages.length,
    stages: toStages(toTimes(rows, messages)),
    seconds: used.seconds,
    cpuSeconds: used.cpuSeconds,
    waits: used.waits,
    ...statistics,
  };
}

/** Repeats the level while the services write CPU profiles, which would change the other figures. */
async function recordProfiles(bench: Bench, { number, rate, seconds }: Level, folder: string) {
  const pids = SERVICES.map((name) => ({ name, pid: bench.stack.pids[name] ?? 0 }));
  const toggle = () => {
    for (const { pid } of pids) process.kill(pid, 'SIGUSR2');
  };
  bench.log(`${rate} orders/s with CPU profiles ...`);
  toggle();
  await runLevel(bench, rate, seconds);
  toggle();
  return Promise.all(
    pids.map(async ({ name, pid }) => {
      const path = join(folder, `${number}-${name}-${pid}.cpuprofile`);
      const text = await poll(`${path} is written`, () => readFile(path, 'utf8').catch(() => null));
      return { name, modules: summariseProfile(JSON.parse(text)) };
    }),
  );
}

export interface ProfileOptions {
  readonly quick: boolean;
  /** Where the services write CPU profiles, or null. */
  readonly folder: string | null;
  readonly hasStatements: boolean;
}

export async function measureProfile(bench: Bench, options: ProfileOptions) {
  const { stack, database, log } = bench;
  const { folder, hasStatements } = options;
  const seconds = options.quick ? quick : full;
  const machine = await describeMachine(stack, database);
  await loadStock(stack, stock, { reason: 'benchmark' });
  log('warm-up and maximum ...');
  await measureWholeWay(bench, { connections: CONNECTIONS, seconds: seconds.maximum });
  const maximum = await measureWholeWay(bench, { connections: CONNECTIONS, seconds: seconds.maximum });
  const levels = [];
  for (const [index, share] of SHARES.entries()) {
    const rate = Math.max(1, Math.round(maximum.perSecond * share));
    const level = { number: index + 1, rate, seconds: seconds.level };
    const measured = await measureLevel(bench, level, hasStatements);
    const profiles = folder === null ? [] : await recordProfiles(bench, level, folder);
    levels.push({ share, ...measured, profiles });
  }
  const checks = await checkOrders(database);
  return { machine, maximum, levels, checks };
}

export type Profile = Awaited<ReturnType<typeof measureProfile>>;
