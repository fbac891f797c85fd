// A real Apache Kafka for the demo and the tests: one broker in KRaft mode, its jars from Maven Central.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { execa } from 'execa';
import { describeExit, startProcess } from './child-process.js';
import { brokerAnswers } from './kafka-metadata.js';
import { portProblem } from './ports.js';
import type { Unit } from './unit.js';
import { createUnit } from './unit.js';

const execute = promisify(execFile);

const oldestJava = 17;
const startSeconds = 90;
const pom = fileURLToPath(new URL('../kafka-pom.xml', import.meta.url));
const jars = fileURLToPath(new URL('../../../node_modules/.cache/kafka-4.3.0', import.meta.url));
const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** wipe: killed, its log deleted and formatted anew under a new cluster id; it stays down until started */
export type Kafka = Unit & { bootstrap: string; port: number; wipe: () => Promise<void> };

const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Why Kafka can't run here, or null when it can. */
export async function kafkaAvailable(): Promise<string | null> {
  let version = '';
  try {
    version = (await execute(java(), ['-version'])).stderr;
  } catch {
    return 'there is no java';
  }
  // "1.8.0_392" is Java 8; since then the first number counts.
  const [, major = '0'] = /version "(?:1\.)?(\d+)/.exec(version) ?? [];
  if (Number(major) < oldestJava) return `java is version ${major}, Kafka needs ${oldestJava}`;
  if (await exists(jars)) return null;
  try {
    await execute('mvn', ['-v']);
    return null;
  } catch {
    return 'there is no mvn (Maven), which brings Kafka';
  }
}

/** Brings the jars into node_modules/.cache, once. */
export async function installKafka(log: (line: string) => void = () => {}) {
  if (await exists(jars)) return;
  log('Kafka is brought from Maven Central, once ...');
  await mkdir(dirname(jars), { recursive: true });
  // Copied beside its place and renamed, so that a cut-off run leaves nothing that looks complete.
  const copy = await mkdtemp(join(dirname(jars), 'kafka-'));
  const target = ['-DincludeScope=runtime', `-DoutputDirectory=${copy}`];
  await execa('mvn', ['-q', '-B', '-f', pom, copyDependencies, ...target]).catch(async (error) => {
    await rm(copy, { recursive: true, force: true });
    throw new Error(`Maven could not bring Kafka: ${error.message}`, { cause: error });
  });
  await rename(copy, jars).catch(async (error) => {
    // Another run was faster.
    await rm(copy, { recursive: true, force: true });
    if (!(await exists(jars))) throw error;
  });
}

function properties({
  log,
  port,
  controllerPort,
  detours,
}: {
  log: string;
  port: number;
  controllerPort: number;
  detours: readonly Detour[];
}) {
  const name = (index: number) => `DETOUR${index}`;
  const own = [
    `PLAINTEXT://127.0.0.1:${port}`,
    ...detours.map((to, at) => `${name(at)}://127.0.0.1:${to.port}`),
  ];
  const advertised = [
    `PLAINTEXT://127.0.0.1:${port}`,
    ...detours.map(({ advertisedPort }, at) => `${name(at)}://127.0.0.1:${advertisedPort}`),
  ];
  const names = ['PLAINTEXT', 'CONTROLLER', ...detours.map((_, at) => name(at))];
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [...own, `CONTROLLER://127.0.0.1:${controllerPort}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': names.map((listener) => `${listener}:PLAINTEXT`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': log,
    // One broker: nothing can have more than one replica.
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A few groups only; the default of 50 partitions takes long to make.
    'offsets.topic.num.partitions': 5,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that comes back after kill -9 is let in when its old session has run out: 9 s by default.
    // Much shorter, a machine that stands still for some seconds makes it lose its own partitions.
    'broker.session.timeout.ms': 6_000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    // The default of 128 MB would not fit the small heap.
    'log.cleaner.dedupe.buffer.size': 2_097_152,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Kafka writes ids as 22 characters of base64url and takes none that begins with a dash. */
function newClusterId() {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/**
 * A further listener that tells its clients another port than its own: that of a proxy before it. Kafka
 * tells clients where its brokers are, so a proxy before the usual listener would soon be passed by.
 */
export type Detour = { port: number; advertisedPort: number };
export interface KafkaOptions {
  /** created at the first start */
  folder: string;
  port: number;
  controllerPort: number;
  detours?: readonly Detour[];
  /** each line Kafka prints */
  log?: (line: string) => void;
  onSpawn?: () => void;
}

/** Starts Kafka. Resolves when the broker answers a metadata request. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  await installKafka(options.log);
  const kafka = createKafka(options);
  await kafka.start();
  return kafka;
}

/** A Kafka that is not started yet; installKafka() has brought the jars. */
export function createKafka({
  folder,
  port,
  controllerPort,
  detours = [],
  log = () => {},
  onSpawn,
}: KafkaOptions): Kafka {
  const logFolder = join(folder, 'log');
  const settings = join(folder, 'server.properties');

  function launch(args: string[]) {
    const flags = [
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ];
    const command = ['-Xms64m', '-Xmx256m', ...flags, '-cp', join(jars, '*'), ...args];
    return startProcess(java(), command, { env: process.env, cwd: folder, onLine: log });
  }

  async function format() {
    // meta.properties is the last thing that formatting writes.
    if (await exists(join(logFolder, 'meta.properties'))) return;
    await rm(logFolder, { recursive: true, force: true });
    const child = await launch(['kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', settings]);
    const exit = await child.exited;
    if (exit.code !== 0) {
      throw new Error(`formatting Kafka failed (${describeExit(exit)})\n${child.lastLines.join('\n')}`);
    }
  }

  const unit = createUnit({
    name: `Kafka on port ${port}`,
    async prepare() {
      await mkdir(folder, { recursive: true });
      // Written at each start: the ports may be others than the last time.
      await writeFile(settings, properties({ log: logFolder, port, controllerPort, detours }));
      await format();
      for (const wanted of [port, controllerPort, ...detours.map((to) => to.port)]) {
        const problem = await portProblem(wanted);
        if (problem) throw new Error(`Kafka can't listen on port ${wanted}: ${problem}`);
      }
    },
    launch: () => launch(['kafka.Kafka', settings]),
    answers: () => brokerAnswers(port),
    startSeconds,
    ...(onSpawn ? { onSpawn } : {}),
  });
  return Object.defineProperties(unit as Kafka, {
    bootstrap: { value: `127.0.0.1:${port}`, enumerable: true },
    port: { value: port, enumerable: true },
    wipe: {
      async value() {
        await unit.kill();
        await rm(logFolder, { recursive: true, force: true });
        await format();
      },
    },
  });
}
