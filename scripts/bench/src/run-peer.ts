// Runs one peer: its order service, relay and consumer as processes of their own, on the stack's
// Postgres and Kafka.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts, java, poll } from '@lmt/stack';
import { execaNode } from 'execa';
import pg from 'pg';
import { DEBEZIUM_JARS } from './debezium.js';
import { readRow } from './message-progress.js';
import type { Peer } from './peer-list.js';
import { toDistribution } from './percentiles.js';
import { measureUsage } from './process-usage.js';
import { type Bench, runInWorker, sumCpu } from './system.js';
import { openTopicSize } from './topic-size.js';

export const PEERS_FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));
const DATABASE = 'bench_peer';
const DRAIN_SECONDS = 180;
const SETTLE_MS = 1_000;

export interface PeerSizes {
  readonly rounds: number;
  readonly connections: number;
  readonly warmUp: number;
  readonly wholeWay: number;
  readonly rate: number;
  readonly latency: number;
  readonly idle: number;
  /** Upper limit of a backlog. */
  readonly backlog: number;
  readonly sql: number;
}

/** The figures of one contender in one round. */
export interface PeerRound {
  readonly name: string;
  readonly acceptedPerSecond: number;
  readonly completedPerSecond: number;
  /** CPU seconds of all processes but Kafka per 1,000 orders. */
  readonly cpuPerThousand: number;
  readonly backlogPerSecond: number;
  /** CPU seconds of relay and Postgres per 1,000 messages. */
  readonly backlogCpuPerThousand: number;
  readonly p50: number;
  readonly p99: number;
  /** Share of a core. */
  readonly idleRelay: number;
}

interface Ready {
  /** Of the process that does the work. */
  readonly pid: number;
  /** A query for messages that are not published. Null: only Kafka knows. */
  readonly waiting: string | null;
}

/** Runs one part of a peer. Resolves when it is ready. */
async function startPart(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
) {
  const output = { stdout: 'ignore', stderr: 'inherit' } as const;
  const options = { ipc: true, env, ...output, cancelSignal: signal, reject: false } as const;
  const child = execaNode(`${PEERS_FOLDER}main.mjs`, args, options);
  const ready = (await child.getOneMessage()) as Ready;
  return { child, ...ready };
}

/** A database with a replication slot cannot be dropped. Its publications go with it. */
async function dropDatabase(database: pg.Client) {
  const slots = `FROM pg_replication_slots WHERE database = '${DATABASE}'`;
  await database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${slots} AND active`);
  await database.query(`SELECT pg_drop_replication_slot(slot_name) ${slots}`);
  await database.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
}

/** An empty database, topic and folder for each round. */
async function createSurroundings(
  { stack, database }: Bench,
  { module, variant, consumption }: Peer,
  round: number,
) {
  const [port = 0] = await freePorts(1);
  const folder = join(stack.folder, 'peer');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await dropDatabase(database);
  await database.query(`CREATE DATABASE ${DATABASE}`);
  return {
    PEER_DATABASE: Object.assign(new URL(stack.adminUrl), { pathname: DATABASE }).href,
    PEER_BROKERS: stack.broker.bootstrap ?? '',
    PEER_TOPIC: `bench-${module}-${variant}-${consumption}-${round}`,
    PEER_PORT: String(port),
    PEER_FOLDER: folder,
    PEER_JAVA: java(),
    PEER_JARS: DEBEZIUM_JARS,
  };
}

const SUMMARY = `SELECT count(*)::int AS completed,
  extract(epoch FROM max(completed_at) - min(created_at))::float8 AS seconds
FROM orders WHERE created_at >= $1`;
const PENDING = `SELECT EXISTS (SELECT FROM orders WHERE status = 'PENDING') AS waiting`;
const COMPLETIONS = `SELECT id, (extract(epoch FROM completed_at) * 1000)::float8 AS "completedAt"
FROM orders WHERE id = ANY($1)`;

export async function runPeer(bench: Bench, peer: Peer, round: number, sizes: PeerSizes): Promise<PeerRound> {
  const { stack, database, signal } = bench;
  const env = await createSurroundings(bench, peer, round);
  const start = (role: string, ...more: string[]) =>
    startPart([peer.module, peer.variant, peer.consumption, role, ...more], env, signal);
  const { child: setUp, waiting } = await start('set-up');
  await setUp;
  const parts = {
    order: await start('order'),
    relay: await start('relay'),
    consumer: await start('consumer'),
  };
  const client = new pg.Client({ connectionString: env.PEER_DATABASE });
  client.on('error', () => {});
  await client.connect();
  const topic = await openTopicSize(env.PEER_BROKERS, env.PEER_TOPIC);

  const isEmpty = async (sql: string) => {
    signal.throwIfAborted();
    return !(await readRow<{ waiting: boolean }>(client, sql)).waiting;
  };
  const drain = (description: string, isDone: () => Promise<boolean>, everyMs: number) =>
    poll(`${peer.name}: ${description}`, isDone, { seconds: DRAIN_SECONDS, everyMs });
  const waitUntilCompleted = () => drain('all orders are completed', () => isEmpty(PENDING), 100);
  const url = `http://127.0.0.1:${env.PEER_PORT}`;
  const pids = () => ({
    order: parts.order.pid,
    relay: parts.relay.pid,
    consumer: parts.consumer.pid,
    postgres: stack.pids.postgres ?? 0,
  });

  async function load(seconds: number) {
    const task = { url, connections: sizes.connections, warmUpSeconds: 0, seconds };
    const { perSecond, failed } = await runInWorker('closedLoop', task, signal);
    if (failed > 0) throw new Error(`${peer.name}: ${failed} orders were not answered with 201`);
    await waitUntilCompleted();
    return perSecond;
  }

  async function measureWholeWay() {
    await load(peer.warmUp ?? sizes.warmUp);
    const since = new Date();
    const { result, cpuSeconds } = await measureUsage(pids, () => load(sizes.wholeWay));
    const { completed, seconds } = await readRow<{ completed: number; seconds: number }>(client, SUMMARY, [
      since,
    ]);
    return {
      acceptedPerSecond: result,
      completedPerSecond: completed / seconds,
      cpuPerThousand: (sumCpu(cpuSeconds) * 1_000) / completed,
    };
  }

  async function measureLatency() {
    const task = { url, rate: sizes.rate, warmUpSeconds: 1, seconds: sizes.latency };
    const { messages } = await runInWorker('openLoop', task, signal);
    await waitUntilCompleted();
    const { rows } = await client.query<{ id: string; completedAt: number }>(COMPLETIONS, [
      messages.map(({ id }) => id),
    ]);
    const times = new Map(rows.map(({ id, completedAt }) => [id, completedAt]));
    const { p50, p99 } = toDistribution(
      messages.map(({ id, dueAt }) => (times.get(id) ?? Number.NaN) - dueAt),
    );
    return { p50, p99 };
  }

  async function measureIdle() {
    await pause(SETTLE_MS, undefined, { signal });
    const used = await measureUsage(pids, () => pause(sizes.idle * 1_000, undefined, { signal }));
    return (used.cpuSeconds.relay ?? 0) / used.seconds;
  }

  async function measureBacklog() {
    const count = Math.min(peer.backlog, sizes.backlog);
    const published = (await topic.read()) + count;
    const isPublished = async () => (waiting ? isEmpty(waiting) : (await topic.read()) >= published);
    process.kill(parts.consumer.pid, 'SIGSTOP');
    process.kill(parts.relay.pid, 'SIGSTOP');
    await (await start('fill', String(count))).child;
    const used = await measureUsage(pids, async () => {
      const start = performance.now();
      process.kill(parts.relay.pid, 'SIGCONT');
      await drain('the backlog is published', isPublished, 20);
      return (performance.now() - start) / 1_000;
    });
    const cpu = sumCpu(used.cpuSeconds, (name) => name === 'relay' || name === 'postgres');
    return { backlogPerSecond: count / used.result, backlogCpuPerThousand: (cpu * 1_000) / count };
  }

  try {
    const wholeWay = await measureWholeWay();
    const latency = await measureLatency();
    const idleRelay = await measureIdle();
    return { name: peer.name, ...wholeWay, ...latency, idleRelay, ...(await measureBacklog()) };
  } finally {
    for (const { child, pid } of Object.values(parts)) {
      if (pid !== child.pid && child.exitCode === null) process.kill(pid, 'SIGKILL');
      child.kill('SIGKILL');
    }
    await Promise.all(Object.values(parts).map(({ child }) => child));
    topic.close();
    await client.end().catch(() => {});
    if (!signal.aborted) await dropDatabase(database);
  }
}
