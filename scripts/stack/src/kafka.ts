// A real Apache Kafka for the demo and the tests: one broker in KRaft mode.
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKafkaClient } from '@lmt/messaging';
import { exists, installKafka, java, KAFKA_JARS } from './install-kafka.js';
import { portProblem } from './ports.js';
import { createStackProcess, type StackProcess } from './stack-process.js';
import { expectSuccess, startProcess } from './start-process.js';

const START_SECONDS = 90;

/**
 * A listener that advertises the port of a proxy instead of its own. Clients learn the
 * brokers' addresses from Kafka, so clients of a proxy before the usual listener would soon bypass it.
 */
export interface ProxiedListener {
  readonly port: number;
  readonly advertisedPort: number;
}

export interface KafkaOptions {
  /** Created at the first start. */
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly proxiedListeners?: readonly ProxiedListener[];
  /** Receives each line that Kafka prints. */
  readonly onLine?: (line: string) => void;
}

export interface Kafka extends StackProcess {
  readonly bootstrap: string;
  /** Kills Kafka, deletes its log and formats it under a new cluster id. It stays down until started. */
  wipe(): Promise<void>;
}

/** Starts Kafka. Resolves when the broker answers a metadata request. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  await installKafka(options.onLine);
  const kafka = createKafka(options);
  await kafka.start();
  return kafka;
}

/** A Kafka that is not started yet. Needs installKafka(). */
export function createKafka({
  folder,
  port,
  controllerPort,
  proxiedListeners = [],
  onLine = () => {},
}: KafkaOptions): Kafka {
  const bootstrap = `127.0.0.1:${port}`;
  const logFolder = join(folder, 'log');
  const propertiesFile = join(folder, 'server.properties');

  /** The content of server.properties. */
  function formatProperties() {
    const listeners = [
      { name: 'PLAINTEXT', port, advertisedPort: port },
      ...proxiedListeners.map((listener, index) => ({ name: `PROXIED${index}`, ...listener })),
    ];
    const controller = `127.0.0.1:${controllerPort}`;
    const properties = {
      'process.roles': 'broker,controller',
      'node.id': 1,
      'controller.quorum.voters': `1@${controller}`,
      listeners: [
        ...listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`),
        `CONTROLLER://${controller}`,
      ],
      'advertised.listeners': listeners.map(
        ({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`,
      ),
      'listener.security.protocol.map': ['CONTROLLER', ...listeners.map(({ name }) => name)].map(
        (name) => `${name}:PLAINTEXT`,
      ),
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      'log.dirs': logFolder,
      // There is one broker, so one replica.
      'offsets.topic.replication.factor': 1,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 1,
      'share.coordinator.state.topic.replication.factor': 1,
      'share.coordinator.state.topic.min.isr': 1,
      // There are few groups, and the default of 50 partitions takes long to create.
      'offsets.topic.num.partitions': 5,
      'group.initial.rebalance.delay.ms': 0,
      // A broker that returns after kill -9 is admitted when its old session has expired: 9 s by default.
      // With a much shorter one, a machine that freezes for seconds makes it lose its own partitions.
      'broker.session.timeout.ms': 6_000,
      'broker.heartbeat.interval.ms': 500,
      'auto.create.topics.enable': false,
      // The default of 128 MB would not fit the small heap.
      'log.cleaner.dedupe.buffer.size': 2_097_152,
    };
    return Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }

  function launch(...args: string[]) {
    const flags = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const logLevel = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
    return startProcess(java(), [...flags, logLevel, '-cp', join(KAFKA_JARS, '*'), ...args], {
      env: process.env,
      cwd: folder,
      onLine,
    });
  }

  async function format() {
    // Formatting writes meta.properties last.
    if (await exists(join(logFolder, 'meta.properties'))) return;
    await rm(logFolder, { recursive: true, force: true });
    const formatting = ['kafka.tools.StorageTool', 'format', '-t', newClusterId(), '-c', propertiesFile];
    await expectSuccess('formatting Kafka', await launch(...formatting));
  }

  const kafka = createStackProcess({
    name: `Kafka on port ${port}`,
    async prepare() {
      await mkdir(folder, { recursive: true });
      // Written at each start: the ports may differ from the last time.
      await writeFile(propertiesFile, formatProperties());
      await format();
      for (const wanted of [port, controllerPort, ...proxiedListeners.map((listener) => listener.port)]) {
        const problem = await portProblem(wanted);
        if (problem) throw new Error(`Kafka can't listen on port ${wanted}: ${problem}`);
      }
    },
    launch: () => launch('kafka.Kafka', propertiesFile),
    isUp: () => answersMetadata(bootstrap),
    startSeconds: START_SECONDS,
  });
  const wipe = async () => {
    await kafka.kill();
    await rm(logFolder, { recursive: true, force: true });
    await format();
  };
  return Object.defineProperties(kafka as Kafka, { bootstrap: { value: bootstrap }, wipe: { value: wipe } });
}

/** 22 characters of base64url. Kafka accepts no id that begins with a dash. */
function newClusterId() {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

async function answersMetadata(bootstrap: string) {
  const client = createKafkaClient({
    brokers: [bootstrap],
    clientId: 'stack',
    retry: { retries: 0 },
    requestTimeoutMs: 2_000,
  });
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length > 0;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
