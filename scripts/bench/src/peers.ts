// npm run bench -- --peers: this project beside other outboxes, on the same Postgres and Kafka.
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { loadStock } from '@lmt/stack';
import { ArgumentError } from '@lmt/terminal';
import { execa, execaNode } from 'execa';
import { drainBacklog } from './backlog.js';
import { installDebezium } from './debezium.js';
import { describeMachine } from './machine.js';
import { stock } from './orders.js';
import { PEERS, type Peer, PROJECT } from './peer-list.js';
import { PEERS_FOLDER, type PeerRound, type PeerSizes, runPeer } from './run-peer.js';
import { prepareSql } from './sql-rate.js';
import { type Bench, isCounted, measureSystem, sumCpu } from './system.js';
import { measureLatency, measureWholeWay } from './whole-way.js';

const full: PeerSizes = {
  rounds: 3,
  connections: 32,
  warmUp: 2,
  wholeWay: 4,
  rate: 200,
  latency: 4,
  idle: 4,
  backlog: 10_000,
  sql: 2,
};
const quick: PeerSizes = {
  ...full,
  rounds: 1,
  warmUp: 1,
  wholeWay: 2,
  latency: 2,
  idle: 2,
  backlog: 2_000,
  sql: 2,
};

/** Installs the peers from their lock file, outside the workspace. */
async function installPeers({ log, signal }: Bench) {
  if (existsSync(`${PEERS_FOLDER}node_modules/.package-lock.json`)) return;
  log('installing the peers, once ...');
  const options = { cwd: PEERS_FOLDER, cancelSignal: signal };
  await execa('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options);
}

/**
 * @param names of modules, or null for all peers
 * @throws if no peer has one of the names
 */
export function selectPeers(names: readonly string[] | null): readonly Peer[] {
  if (names === null) return PEERS;
  const unknown = names.find((name) => !PEERS.some(({ module }) => module === name));
  if (unknown !== undefined) {
    const known = [...new Set(PEERS.map(({ module }) => module))].join(', ');
    throw new ArgumentError(`unknown peer ${unknown}: expected some of ${known}`);
  }
  return PEERS.filter(({ module }) => names.includes(module));
}

async function runProject(bench: Bench, sizes: PeerSizes): Promise<PeerRound> {
  const { connections, rate } = sizes;
  const { signal } = bench;
  await measureWholeWay(bench, { connections, seconds: sizes.warmUp });
  const wholeWay = await measureWholeWay(bench, { connections, seconds: sizes.wholeWay });
  const latency = await measureLatency(bench, { rate, warmUpSeconds: 1, seconds: sizes.latency });
  await pause(1_000, undefined, { signal });
  const idle = await measureSystem(bench, () => pause(sizes.idle * 1_000, undefined, { signal }));
  const backlog = await drainBacklog(bench, sizes.backlog);
  return {
    name: PROJECT,
    acceptedPerSecond: wholeWay.acceptedPerSecond,
    completedPerSecond: wholeWay.perSecond,
    cpuPerThousand: (sumCpu(wholeWay.cpuSeconds, isCounted) * 1_000) / wholeWay.completed,
    p50: latency.completed.p50,
    p99: latency.completed.p99,
    idleRelay: (idle.cpuSeconds.relay ?? 0) / idle.seconds,
    backlogPerSecond: backlog.perSecond,
    backlogCpuPerThousand: backlog.cpuPerThousand,
  };
}

/** Kafka alone, with the released kafkajs that the peers use. */
async function publishRaw({ stack, signal }: Bench, messages: number) {
  const env = { PEER_BROKERS: stack.broker.bootstrap ?? '', PEER_TOPIC: 'bench-peers-raw' };
  const options = { ipc: true, env, stdout: 'ignore', stderr: 'inherit', cancelSignal: signal } as const;
  const { ipcOutput } = await execaNode(`${PEERS_FOLDER}raw.mjs`, [String(messages)], options);
  return ipcOutput[0] as unknown as { readonly perSecond: number; readonly cpuPerThousand: number };
}

export interface PeersChoices {
  readonly quick: boolean;
  readonly peers: readonly Peer[];
}

export async function measurePeers(bench: Bench, { quick: isQuick, peers }: PeersChoices) {
  const { stack, database, log } = bench;
  const sizes = isQuick ? quick : full;
  await installPeers(bench);
  if (peers.some(({ module }) => module === 'debezium')) await installDebezium(log);
  const machine = await describeMachine(stack, database);
  await loadStock(stack, stock, { reason: 'benchmark' });
  const sql = await prepareSql(bench);
  const started = performance.now();
  const limits = [];
  const rounds: PeerRound[] = [];
  for (let round = 1; round <= sizes.rounds; round += 1) {
    log(`round ${round} of ${sizes.rounds}: pgbench, sendBatch ...`);
    limits.push({
      sql: sql ? await sql.measure(sizes.sql) : null,
      raw: await publishRaw(bench, sizes.backlog),
    });
    const contenders = [null, ...peers];
    // Every second round goes backwards, so that no contender always follows the same one.
    for (const peer of round % 2 === 1 ? contenders : contenders.toReversed()) {
      log(`round ${round} of ${sizes.rounds}: ${peer?.name ?? PROJECT} ...`);
      await database.query('CHECKPOINT');
      rounds.push(peer ? await runPeer(bench, peer, round, sizes) : await runProject(bench, sizes));
    }
  }
  return { machine, sizes, peers, limits, rounds, seconds: (performance.now() - started) / 1_000 };
}

export type PeerResults = Awaited<ReturnType<typeof measurePeers>>;
