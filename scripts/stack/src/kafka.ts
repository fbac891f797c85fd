// A real Apache Kafka for the demo and the tests, in KRaft mode: one broker, or several.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createKafkaClient } from '@lmt/messaging';
import { java, javaEnv } from './inherited-env.js';
import { exists } from './install-jars.js';
import { installKafka, KAFKA_JARS } from './install-kafka.js';
import { freePorts } from './ports.js';
import type { Proxies } from './proxies.js';
import { expectSuccess, startProcess } from './start-process.js';
import type { ProcessDefinition } from './start-until-up.js';
import { type Observer, supervise } from './supervise.js';

const LOG_FOLDER = 'log';
const PROPERTIES_FILE = 'server.properties';

/**
 * A listener that advertises the port of a proxy instead of its own. Kafka tells clients the
 * brokers' addresses, so clients of a proxy in front of the usual listener would soon bypass the
 * proxy.
 */
export interface ProxiedListener {
  readonly port: number;
  readonly advertisedPort: number;
}

/** A listener with TLS or SASL. `properties` configure it. */
export interface SecuredListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT';
}

export interface KafkaSecurityOptions {
  readonly listeners: readonly SecuredListener[];
  readonly properties: Readonly<Record<string, string | number>>;
  /** Further arguments of the command that formats the log folder, such as the SCRAM credentials. */
  readonly formatArguments: readonly string[];
}

export interface KafkaOptions {
  /** Created at the first start. */
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly proxiedListeners?: readonly ProxiedListener[];
  /** Adds listeners. The brokers and the tests' own clients use the one without TLS and SASL. */
  readonly security?: KafkaSecurityOptions | undefined;
  /** Number of brokers of the cluster, for the replication of its internal topics. Default: 1. */
  readonly brokers?: number;
  /**
   * Adds this broker, without a controller, to the cluster whose first broker has this folder and
   * the same controller port. The first broker must have been started once.
   */
  readonly joins?: { readonly nodeId: number; readonly folder: string };
}

const CONTROLLER_ID = 1;

/** Creates a Kafka that is not started yet. Its first start may download the jars. */
export function createKafka(
  { folder, port, controllerPort, proxiedListeners = [], security, brokers = 1, joins }: KafkaOptions,
  observer: Observer = { log: console.error },
) {
  const bootstrap = `127.0.0.1:${port}`;
  const logFolder = join(folder, LOG_FOLDER);
  const secured = security?.listeners ?? [];

  /** The content of server.properties. */
  function formatProperties() {
    const listeners = [
      { name: 'PLAINTEXT', port, advertisedPort: port },
      ...proxiedListeners.map((listener, index) => ({ name: `PROXIED${index}`, ...listener })),
      ...secured.map(({ name, port }) => ({ name, port, advertisedPort: port })),
    ];
    const address = (name: string, port: number) => `${name}://127.0.0.1:${port}`;
    const replicas = Math.min(brokers, 3);
    const minIsr = Math.max(1, replicas - 1);
    const properties = {
      'process.roles': joins ? 'broker' : 'broker,controller',
      'node.id': joins?.nodeId ?? CONTROLLER_ID,
      'controller.quorum.voters': `${CONTROLLER_ID}@127.0.0.1:${controllerPort}`,
      listeners: [
        ...listeners.map(({ name, port }) => address(name, port)),
        ...(joins ? [] : [address('CONTROLLER', controllerPort)]),
      ],
      'advertised.listeners': listeners.map(({ name, advertisedPort }) => address(name, advertisedPort)),
      'listener.security.protocol.map': ['CONTROLLER', ...listeners.map(({ name }) => name)].map(
        (name) => `${name}:${secured.find((listener) => listener.name === name)?.protocol ?? 'PLAINTEXT'}`,
      ),
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      // Relative to the working directory, because Kafka splits the list at commas and reads the
      // file as Latin-1.
      'log.dirs': LOG_FOLDER,
      'offsets.topic.replication.factor': replicas,
      'transaction.state.log.replication.factor': replicas,
      'transaction.state.log.min.isr': minIsr,
      'share.coordinator.state.topic.replication.factor': replicas,
      'share.coordinator.state.topic.min.isr': minIsr,
      // There are few groups, and the default of 50 partitions takes long to create.
      'offsets.topic.num.partitions': 5,
      'group.initial.rebalance.delay.ms': 0,
      // After kill -9 a broker is admitted again only when its old session has expired, by default
      // after 9 s. A much shorter session makes a broker lose its partitions when the machine
      // freezes for seconds.
      'broker.session.timeout.ms': 6_000,
      'broker.heartbeat.interval.ms': 500,
      'auto.create.topics.enable': false,
      // After kill -9 of a broker and its controller, Kafka may exclude the only replica of a
      // partition from election, so the partition has no leader until an operator elects it
      // (KIP-966).
      'unclean.leader.election.enable': brokers > 1,
      'unclean.leader.election.interval.ms': 5_000,
      // The default of 128 MB would not fit the small heap.
      'log.cleaner.dedupe.buffer.size': 2_097_152,
      ...security?.properties,
    };
    return Object.entries(properties)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }

  async function launch(args: readonly string[], onLine?: (line: string) => void) {
    const flags = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    // Relative, because a class path is split at colons. Java resolves `..` without symbolic links.
    const jars = join(relative(await realpath(folder), await realpath(KAFKA_JARS)), '*');
    const logLevel = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
    return startProcess(java(), [...flags, logLevel, '-cp', jars, ...args], {
      env: javaEnv(process.env),
      cwd: folder,
      onLine,
    });
  }

  async function format() {
    // Formatting writes meta.properties last.
    if (await exists(join(logFolder, 'meta.properties'))) return;
    await rm(logFolder, { recursive: true, force: true });
    const clusterId = joins ? await readClusterId(join(joins.folder, LOG_FOLDER)) : newClusterId();
    const formatting = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', PROPERTIES_FILE];
    const { formatArguments = [] } = security ?? {};
    await expectSuccess('formatting Kafka', await launch([...formatting, ...formatArguments]));
  }

  const definition: ProcessDefinition = {
    name: joins ? `kafka-${joins.nodeId}` : 'kafka',
    async prepare() {
      await installKafka(observer.log);
      await mkdir(folder, { recursive: true });
      // Written at each start, because the ports may have changed.
      await writeFile(join(folder, PROPERTIES_FILE), formatProperties());
      await format();
    },
    ports: [
      port,
      ...(joins ? [] : [controllerPort]),
      ...[...proxiedListeners, ...secured].map((listener) => listener.port),
    ],
    launch: (onLine) => launch(['kafka.Kafka', PROPERTIES_FILE], onLine),
    isUp: () => answersMetadata(bootstrap),
  };
  const kafka = supervise(definition, observer);
  return {
    ...kafka,
    bootstrap,
    /** Kills Kafka and deletes its log. The next start formats it under a new cluster id. */
    wipe: () => kafka.kill(() => rm(logFolder, { recursive: true, force: true })),
  };
}

/** Creates a listener for each client that reaches Kafka through a proxy. */
export async function createProxiedListeners(clients: readonly string[], proxies: Proxies) {
  const listeners = new Map<string, ProxiedListener>();
  for (const name of clients.filter((name) => proxies.isWanted(`${name}->kafka`))) {
    const [port = 0] = await freePorts(1);
    listeners.set(name, { port, advertisedPort: await proxies.portTo(`${name}->kafka`, port) });
  }
  return listeners;
}

/** 16 bytes in base64url. Kafka accepts no id that begins with a dash. */
const newClusterId = () => `A${randomBytes(16).toString('base64url').slice(1)}`;

async function readClusterId(logFolder: string): Promise<string> {
  const [, id = ''] =
    /^cluster\.id=(.+)$/m.exec(await readFile(join(logFolder, 'meta.properties'), 'utf8')) ?? [];
  return id;
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
