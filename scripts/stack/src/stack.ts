// The whole system on this machine: Postgres, Kafka and the services, for the demo, the system tests
// and the benchmark.
import { chmod, mkdir } from 'node:fs/promises';
import { addDatastores } from './datastores.js';
import { installKafka, kafkaUnavailableReason } from './install-kafka.js';
import { poll } from './poll.js';
import { fillPorts, type Ports } from './ports.js';
import { prepareDatabases } from './prepare-databases.js';
import { createProcesses, type ProcessesOptions } from './processes.js';
import { createProxies } from './proxies.js';
import { ensureSecrets } from './secrets.js';
import {
  type Address,
  addServices,
  type Env,
  type Instances,
  instanceNames,
  toUrl,
} from './service-processes.js';

export interface StackOptions extends Partial<ProcessesOptions> {
  /** Holds everything that the stack keeps. A second start continues with the data of the first. */
  readonly folder: string;
  readonly ports?: Ports;
  /** By default Kafka where it can run, else direct. */
  readonly broker?: 'kafka' | 'direct';
  /** 1 of each service by default. The first relay is "relay", the second "relay-2", on free ports. */
  readonly instances?: Instances;
  /** Connections that lead through a proxy and can be made to fail, by name (proxies.ts). */
  readonly proxies?: 'all' | readonly string[];
  /** For every service, over the caller's own environment. */
  readonly env?: Env;
  /** Cancels a start in progress: everything that was started is stopped. */
  readonly signal?: AbortSignal;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** Resolves when every service is ready. When the start fails, everything that was started is stopped. */
export async function startStack({
  folder,
  ports: wantedPorts = {},
  broker: wantedBroker,
  instances = {},
  proxies: wantedProxies = [],
  env = {},
  log = () => {},
  onLine = () => {},
  onChange = () => {},
  signal,
}: StackOptions) {
  await mkdir(folder, { recursive: true });
  // Postgres may run under another account, which must be able to enter.
  await chmod(folder, 0o755);
  const ports = await fillPorts(wantedPorts);
  const secrets = await ensureSecrets(folder);
  const kind = wantedBroker ?? ((await kafkaUnavailableReason()) ? 'direct' : 'kafka');
  const broker = { kind, bootstrap: kind === 'kafka' ? `127.0.0.1:${ports.kafka}` : null } as const;
  const proxies = createProxies(wantedProxies);
  const processes = createProcesses({ log, onLine, onChange });
  const instanceEnv = new Map<string, Env>();
  const urls = {
    order: toUrl(ports.order),
    orderInternal: toUrl(ports.orderInternal),
    inventory: toUrl(ports.inventory),
    inventoryInternal: toUrl(ports.inventoryInternal),
    relay: toUrl(ports.relay),
  };
  let addresses: ReadonlyMap<string, Address> = new Map();

  const { postgres, kafka, proxiedListeners } = await addDatastores({
    folder,
    ports,
    withKafka: kind === 'kafka',
    postgresPassword: secrets.postgres,
    processes,
    proxies,
    kafkaClients: [...instanceNames('inventory', instances), ...instanceNames('relay', instances)],
  });

  const serviceNames = () => [...addresses.keys()];

  /** The services first, then the datastores that they depend on. */
  async function endAll(how: 'stop' | 'kill') {
    await processes.end(serviceNames(), how);
    await processes.end(['kafka'], how);
    await processes.end(['postgres'], how);
  }

  /** A datastore is ready when it is up, a service when it answers /readyz. */
  async function isReady(name: string) {
    const address = addresses.get(name);
    if (!address) return processes.get(name).phase === 'up';
    const timeout = AbortSignal.timeout(2_000);
    const answer = await fetch(`${address.internalUrl}/readyz`, { signal: timeout }).catch(() => null);
    await answer?.arrayBuffer().catch(() => null);
    return answer?.ok ?? false;
  }

  /** Resolves when a process is ready, rejects when it is down. */
  async function ready(name: string, { seconds = 60 }: { readonly seconds?: number } = {}) {
    const checkReady = () => {
      if (processes.get(name).wanted) return isReady(name);
      throw new Error(`${name} is down\n${processes.lines(name).slice(-20).join('\n')}`);
    };
    await poll(`${name} is ready`, checkReady, { seconds });
  }

  let cancelled: Promise<unknown> = Promise.resolve();
  const cancel = () => {
    cancelled = endAll('kill').catch(() => {});
  };
  signal?.addEventListener('abort', cancel, { once: true });

  let databases: Awaited<ReturnType<typeof prepareDatabases>>;
  try {
    signal?.throwIfAborted();
    if (kafka) await installKafka(log);
    signal?.throwIfAborted();
    log(kafka ? 'starting Postgres and Kafka ...' : 'starting Postgres ...');
    await Promise.all(processes.all.map((datastore) => datastore.start()));
    signal?.throwIfAborted();
    databases = await prepareDatabases(postgres.adminUrl, secrets);
    signal?.throwIfAborted();
    addresses = await addServices({
      processes,
      instances,
      wiring: {
        databases,
        broker,
        callbackSecret: secrets.callback,
        adminToken: secrets.adminToken,
        orderInternal: urls.orderInternal,
        inventoryInternal: urls.inventoryInternal,
      },
      proxies,
      ports,
      proxiedListeners,
      env,
      instanceEnv,
    });
    log('starting the services ...');
    await Promise.all(serviceNames().map((name) => processes.get(name).start()));
    await Promise.all(serviceNames().map((name) => ready(name)));
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
    urls,
    /** The owner's URLs. */
    databases: { order: databases.owner.order, inventory: databases.owner.inventory },
    /** The superuser's URL. */
    adminUrl: postgres.adminUrl,
    broker,
    adminToken: secrets.adminToken,
    callbackSecret: secrets.callback,
    proxies,
    names: processes.names,
    /** @param name of a service instance */
    addressOf: (name: string) => addresses.get(name),
    /** Of the processes that are up. */
    get pids() {
      return processes.pids();
    },
    status: () =>
      Promise.all(
        processes.all.map(async ({ name, phase, pid, restarts, upSince }) => ({
          name,
          phase,
          pid,
          restarts,
          upSince,
          ready: phase === 'up' && (await isReady(name)),
          url: addresses.get(name)?.url ?? addresses.get(name)?.internalUrl ?? null,
        })),
      ),
    lines: processes.lines,
    lineCount: processes.lineCount,
    /** Resolves when the process is launched, or at once when it runs. See ready(). */
    start: (name: string) => processes.get(name).start(),
    ready,
    /** SIGKILL. The process stays down until it is started. */
    kill: (name: string) => processes.get(name).kill(),
    /** SIGSTOP: alive but not responding. */
    pause: (name: string) => processes.get(name).pause(),
    /** SIGCONT. */
    resume: (name: string) => processes.get(name).resume(),
    /** Takes effect at the next start of the instance. */
    setEnv(name: string, variables: Env) {
      instanceEnv.set(processes.get(name).name, { ...instanceEnv.get(name), ...variables });
    },
    /** Kills Kafka, deletes its log and formats it under a new cluster id. It stays down until started. */
    async wipeKafka() {
      if (!kafka) throw new Error('this stack has no Kafka');
      await processes.get('kafka').kill();
      await kafka.wipe();
    },
    /** Stops one process, or all in order: the services, Kafka, Postgres. */
    async stop(name?: string) {
      if (name) {
        await processes.get(name).stop();
        return;
      }
      await endAll('stop');
      await proxies.close();
    },
    /** SIGKILL to all processes. */
    async killAll() {
      await processes.end(processes.names, 'kill');
      await proxies.close();
    },
  };
}
