// npm run bench -- --growth: what each statement costs as finished rows grow, and under a snapshot.
import { loadStock } from '@lmt/stack';
import pg from 'pg';
import { addFinishedOrders } from './growth-history.js';
import { measurePurge, readStatements, resetStatements, toPoints } from './growth-statements.js';
import { describeMachine } from './machine.js';
import { readRow, waitUntilCompleted, waitUntilPublished } from './message-progress.js';
import { stock } from './orders.js';
import type { GrowthPoint } from './plots.js';
import { type Bench, runInWorker, runWhilePaused, runWithout } from './system.js';

const SERVICES = ['order', 'relay', 'inventory'];
/** Connections of the measured load. */
const CONNECTIONS = 32;
const LOAD_SECONDS = 4;
const WARM_UP_SECONDS = 2;
const PURGES = 3;
/** Orders per second while the snapshot is held. */
const STEADY_RATE = 200;
const STEADY_SECONDS = 15;

const COUNT = `SELECT count(*)::int AS finished, (SELECT last_value FROM outbox_messages_seq_seq)::text AS seq
FROM outbox_messages`;

/** Runs a load until its messages are completed, and returns what its statements cost. */
async function measureLoad(bench: Bench, name: string, load: () => Promise<unknown>) {
  const { database, signal, log } = bench;
  const before = await readRow<{ finished: number; seq: string }>(database, COUNT);
  await resetStatements(database);
  await load();
  await waitUntilCompleted(database, signal);
  const costs = await readStatements(database);
  const after = await readRow<{ finished: number; seq: string }>(database, COUNT);
  const messages = after.finished - before.finished;
  const points = toPoints(costs, before.finished, messages);
  const figures = points.map(
    ({ statement, buffersPerMessage }) => `${statement} ${buffersPerMessage.toFixed(1)}`,
  );
  log(`${name}, buffers per message: ${figures.join(', ')}`);
  return { name, rows: before.finished, messages, points };
}

/**
 * Places orders while the relay waits, then lets the relay publish and complete them in full
 * batches. All statements are those of the running services.
 */
async function measureBacklog(bench: Bench, name: string) {
  const { stack, database, signal } = bench;
  const task = { url: stack.urls.order, connections: CONNECTIONS, warmUpSeconds: 0 };
  await runInWorker('closedLoop', { ...task, seconds: WARM_UP_SECONDS }, signal);
  await waitUntilCompleted(database, signal);
  const level = await measureLoad(bench, name, () =>
    runWhilePaused(bench, ['inventory'], async () => {
      const load = { ...task, seconds: LOAD_SECONDS };
      await runWhilePaused(bench, ['relay'], () => runInWorker('closedLoop', load, signal));
      await waitUntilPublished(database, signal);
    }),
  );
  const purge = await measurePurge(database, level.rows, PURGES);
  return { ...level, points: [...level.points, purge] };
}

/** Places orders at a fixed rate, so that each statement has few messages. */
function measureSteady(bench: Bench, name: string) {
  const load = { url: bench.stack.urls.order, rate: STEADY_RATE, warmUpSeconds: 0, seconds: STEADY_SECONDS };
  return measureLoad(bench, name, () => runInWorker('openLoop', load, bench.signal));
}

/** Runs `work` while a session holds a snapshot of both databases. */
async function holdSnapshots<T>({ stack }: Bench, work: () => Promise<T>): Promise<T> {
  const sessions = [stack.databases.order, stack.databases.inventory].map(
    (connectionString) => new pg.Client({ connectionString }),
  );
  try {
    for (const session of sessions) {
      await session.connect();
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await session.query('SELECT count(*) FROM pg_class');
    }
    return await work();
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
}

export interface GrowthOptions {
  /** Numbers of finished rows, ascending. */
  readonly sizes: readonly number[];
  /** For how long orders are placed under a snapshot. 0: not at all. */
  readonly snapshotMinutes: number;
}

export async function measureGrowth(bench: Bench, { sizes, snapshotMinutes }: GrowthOptions) {
  const { stack, database } = bench;
  const machine = await describeMachine(stack, database);
  await loadStock(stack, stock, { reason: 'benchmark' });
  const levels = [];
  for (const size of sizes) {
    const { finished } = await readRow<{ finished: number }>(database, COUNT);
    if (finished < size) await runWithout(bench, SERVICES, () => addFinishedOrders(bench, finished, size));
    levels.push(await measureBacklog(bench, `${size.toLocaleString('en-US')} rows`));
  }
  const snapshot = snapshotMinutes === 0 ? [] : await measureSnapshot(bench, snapshotMinutes);
  return { machine, levels, snapshot };
}

async function measureSnapshot(bench: Bench, minutes: number) {
  const { stack, database, signal, log } = bench;
  const before = await measureSteady(bench, `${STEADY_RATE}/s`);
  const backlogBefore = await measureBacklog(bench, 'backlog');
  return holdSnapshots(bench, async () => {
    const early = await measureSteady(bench, `${STEADY_RATE}/s, snapshot new`);
    log(`${STEADY_RATE} orders/s under a snapshot for ${minutes} minutes ...`);
    const load = { rate: STEADY_RATE, warmUpSeconds: 0, seconds: minutes * 60 };
    await runInWorker('openLoop', { ...load, url: stack.urls.order }, signal);
    await waitUntilCompleted(database, signal);
    const late = await measureSteady(bench, `${STEADY_RATE}/s, snapshot of ${minutes} min`);
    const backlog = await measureBacklog(bench, `backlog, snapshot of ${minutes} min`);
    return [before, early, late, backlogBefore, backlog];
  });
}

export type GrowthResults = Awaited<ReturnType<typeof measureGrowth>>;

/** The points without a snapshot, for a plot. */
export const toGrowthPoints = ({ levels }: Pick<GrowthResults, 'levels'>): GrowthPoint[] =>
  levels.flatMap(({ points }) => points);
