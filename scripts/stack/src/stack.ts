// Runs Postgres, Kafka and the services on this machine, for demo, system tests and benchmark.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlAddress } from './control.js';
import { serviceEnv } from './inherited-env.js';
import { kafkaUnavailableReason } from './install-kafka.js';
import { createProxiedListeners, type KafkaSecurityOptions } from './kafka.js';
import { createCluster } from './kafka-cluster.js';
import { fillPorts, freePorts, type Ports } from './ports.js';
import { createPostgres } from './postgres.js';
import { prepareDatabases } from './prepare-databases.js';
import { createProxies } from './proxies.js';
import { ensureSecrets } from './secrets.js';
import { createServiceEnv } from './service-env.js';
import { chooseInstances, createService, type Env, type Service, toUrl } from './services.js';
import type { SupervisedProcess } from './supervise.js';

export interface StackOptions {
  /** The folder with all data of the stack. A later start continues with the same data. */
  readonly folder: string;
  /**
   * Ports of the datastores and of the first instance of each service. Other instances get free
   * ports.
   */
  readonly ports?: Ports;
  /** Default: Kafka where it can run, otherwise direct. */
  readonly broker?: 'kafka' | 'direct';
  /** Kafka brokers: "kafka", "kafka-2" ... Only the first is also a controller. Default: 1. */
  readonly brokers?: number;
  /** Replicas of a topic. Default: one on each broker, at most 3. */
  readonly replicationFactor?: number;
  /** Further listeners of the first broker, for services that setEnv() points to one. */
  readonly kafkaSecurity?: KafkaSecurityOptions;
  /** Default: 1 of each, but no console. The first relay is "relay", the second "relay-2". */
  readonly instances?: Readonly<Partial<Record<Service, number>>>;
  /** Names of the connections that go through a proxy, which can make them fail (proxies.ts). */
  readonly proxies?: 'all' | readonly string[];
  /** The channel through which the console controls the stack (control.ts). */
  readonly control?: ControlAddress;
  /** Variables for every service. They override the settings in the caller's own environment. */
  readonly env?: Env;
  /** Called with each line that the stack itself logs. */
  readonly log?: (line: string) => void;
  /** Called with each line that a process prints. */
  readonly onLine?: (name: string, line: string) => void;
  /** Called with the pids of the processes that are up, when one starts or ends. */
  readonly onChange?: (pids: Record<string, number>) => void;
  /** Cancels a start in progress and stops everything that was started. */
  readonly signal?: AbortSignal;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Resolves when every service is ready. Stops everything that was started when the start fails. */
export async function startStack({
  folder,
  ports: wantedPorts = {},
  broker: wantedBroker,
  brokers: brokerCount = 1,
  replicationFactor = Math.min(brokerCount, 3),
  kafkaSecurity,
  instances: counts = {},
  proxies: wantedProxies = [],
  control,
  env = {},
  log = () => {},
  onLine = () => {},
  onChange = () => {},
  signal,
}: StackOptions) {
  await mkdir(folder, { recursive: true });
  // Postgres may run under another account, which must be able to enter the folder.
  await chmod(folder, 0o755);
  const ports = await fillPorts(wantedPorts);
  const secrets = await ensureSecrets(folder);
  const kind = wantedBroker ?? ((await kafkaUnavailableReason()) ? 'direct' : 'kafka');
  const { KAFKA_TOPIC_PREFIX: topicPrefix = '', KAFKA_GROUP_ID: groupId = 'inventory' } = env;
  const brokerPorts = [ports.kafka, ...(await freePorts(brokerCount - 1))];
  const brokers = kind === 'kafka' ? brokerPorts.map((port) => `127.0.0.1:${port}`) : [];
  const bootstrap = brokers[0] ?? null;
  const broker = { kind, bootstrap, brokers, replicationFactor, topicPrefix, groupId } as const;
  const instances = await chooseInstances(counts, ports);
  const proxies = createProxies(wantedProxies);
  const kafkaClients = instances.flatMap(({ name, service }) => (service === 'order' ? [] : [name]));
  const proxiedListeners = await createProxiedListeners(kind === 'kafka' ? kafkaClients : [], proxies);
  const findInstance = (name: string) => instances.find((instance) => instance.name === name);
  const instanceEnv = new Map<string, Env>();

  const processes = new Map<string, SupervisedProcess>();
  const observer = { log, onLine, onChange: () => onChange(pids()) };
  const postgres = await createPostgres(
    { folder: join(folder, 'postgres'), port: ports.postgres, password: secrets.postgres },
    observer,
  );
  processes.set('postgres', postgres);
  const kafka =
    kind === 'kafka'
      ? await createCluster(
          {
            folder: join(folder, 'kafka'),
            ports: brokerPorts,
            controllerPort: ports.kafkaController,
            proxiedListeners: [...proxiedListeners.values()],
            security: kafkaSecurity,
          },
          observer,
        )
      : null;
  for (const one of kafka?.brokers ?? []) processes.set(one.name, one);

  const names = () => [...processes.keys()];

  function pids(): Record<string, number> {
    const states = [...processes].map(([name, process]) => [name, process.state().pid] as const);
    return Object.fromEntries(states.flatMap(([name, pid]) => (pid === null ? [] : [[name, pid]])));
  }

  function get(name: string): SupervisedProcess {
    const found = processes.get(name);
    if (found) return found;
    throw new Error(`unknown process ${name}: expected one of ${names().join(', ')}`);
  }

  /** Ends the services first, then the datastores that they depend on. */
  async function endAll(how: 'stop' | 'kill') {
    const services = instances.map(({ name }) => name);
    const followers = names().filter((name) => name.startsWith('kafka-'));
    for (const group of [services, followers, ['kafka'], ['postgres']]) {
      await Promise.all(group.map((name) => processes.get(name)?.[how]()));
    }
  }

  let cancelled: Promise<unknown> = Promise.resolve();
  const cancel = () => {
    cancelled = endAll('kill').catch(() => {});
  };
  signal?.addEventListener('abort', cancel, { once: true });

  let databases: Awaited<ReturnType<typeof prepareDatabases>>;
  try {
    signal?.throwIfAborted();
    log(kafka ? 'starting Postgres and Kafka ...' : 'starting Postgres ...');
    await Promise.all([postgres.start(), kafka?.start()]);
    signal?.throwIfAborted();
    databases = await prepareDatabases(postgres.adminUrl, secrets);
    signal?.throwIfAborted();
    const credentials = {
      ...secrets,
      databases,
      callbackSecret: secrets.callback,
      sharedAdminToken: secrets.adminToken,
      controlToken: control?.token,
    };
    const controlUrl = control && toUrl(control.port);
    const surroundings = { credentials, broker, ports, instances, proxies, proxiedListeners, controlUrl };
    for (const instance of instances) {
      const { name, service, port } = instance;
      if (service === 'order' && port !== null) await proxies.portTo(`client->${name}`, port);
      const own = await createServiceEnv(instance, surroundings);
      const variables = () => ({ ...serviceEnv(process.env), ...env, ...own, ...instanceEnv.get(name) });
      processes.set(name, createService(instance, variables, observer));
    }
    log('starting the services ...');
    await Promise.all(instances.map(({ name }) => get(name).start()));
    await Promise.all(instances.map(({ name }) => get(name).ready()));
    signal?.throwIfAborted();
  } catch (error) {
    await cancelled;
    await endAll('stop');
    await proxies.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }

  return {
    folder,
    urls: {
      order: toUrl(ports.order),
      orderInternal: toUrl(ports.orderInternal),
      inventory: toUrl(ports.inventory),
      inventoryInternal: toUrl(ports.inventoryInternal),
      relay: toUrl(ports.relay),
      console: toUrl(ports.console),
    },
    /** Opens the console, if there is one. */
    consoleSignInUrl: `${toUrl(ports.console)}/sign-in?token=${secrets.signInToken}`,
    /** The owner's URLs. */
    databases: databases.owner,
    /** The auditor's URLs, which can only read. */
    auditorDatabases: databases.auditor,
    /** The superuser's URL. */
    adminUrl: postgres.adminUrl,
    broker,
    /** Both services accept it. */
    adminToken: secrets.adminToken,
    adminTokens: secrets.adminTokens,
    callbackSecret: secrets.callback,
    proxies,
    names: names(),
    /** Undefined for a datastore. */
    findInstance,
    /** The pids of the processes that are up, by name. */
    get pids() {
      return pids();
    },
    status: () =>
      Promise.all(
        [...processes.values()].map(async ({ name, state, isReady }) => {
          const { url = null, internalUrl = null } = findInstance(name) ?? {};
          return { name, ...state(), ready: await isReady(), url: url ?? internalUrl };
        }),
      ),
    /** The lines that a process printed after its first `after` lines. The last 5,000 are kept. */
    lines: (name: string, after = 0) => get(name).lines(after),
    lineCount: (name: string) => get(name).lineCount(),
    /** Resolves when the process is up, immediately if it already runs. See ready(). */
    start: (name: string) => get(name).start(),
    /** Resolves when a process is ready, rejects when it is down. */
    ready: (name: string, within?: { readonly seconds: number }) => get(name).ready(within),
    /** SIGKILL. The process stays down until it is started. */
    kill: (name: string) => get(name).kill(),
    /** SIGSTOP: alive but not responding. Resolves with false unless the process is up. */
    pause: (name: string) => get(name).pause(),
    /** SIGCONT. Resolves with false unless the process is paused. */
    resume: (name: string) => get(name).resume(),
    /** Takes effect at the next start of the instance. */
    setEnv(name: string, variables: Env) {
      instanceEnv.set(get(name).name, { ...instanceEnv.get(name), ...variables });
    },
    /** Kills Kafka and deletes its log. The next start formats it under a new cluster id. */
    async wipeKafka() {
      if (!kafka) throw new Error('this stack has no Kafka');
      await kafka.wipe();
    },
    /** Stops one process, or all in order: the services, Kafka, Postgres. */
    async stop(name?: string) {
      if (name) return get(name).stop();
      await endAll('stop');
      await proxies.close();
    },
    /** SIGKILL to all processes, in the same order. */
    async killAll() {
      await endAll('kill');
      await proxies.close();
    },
  };
}
