// The whole system on this machine: Postgres, Kafka and the services, for the demo, the system tests
// and the benchmark. prepare() of toolchain.mjs must have built it.

import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detour } from './kafka.js';
import { createKafka, installKafka, kafkaAvailable } from './kafka.js';
import { createLinks } from './links.js';
import { createMembers } from './members.js';
import { poll } from './poll.js';
import { freePorts } from './ports.js';
import { createPostgres } from './postgres.js';
import { prepareDatabases } from './prepare-databases.js';
import { secretsOf } from './secrets.js';
import type { Address } from './services.js';
import { addServices, instanceNames, urlOf } from './services.js';

const host = '127.0.0.1';

import type { Service } from './service-env.js';
import type { Env } from './services.js';
/** 0 or absent: a free one */
export interface Ports {
  order?: number;
  orderInternal?: number;
  inventory?: number;
  inventoryInternal?: number;
  relay?: number;
  postgres?: number;
  kafka?: number;
  kafkaController?: number;
}
const portNames: (keyof Ports)[] = [
  'order',
  'orderInternal',
  'inventory',
  'inventoryInternal',
  'relay',
  'postgres',
  'kafka',
  'kafkaController',
];

export interface StackOptions {
  /** for everything the stack keeps; a second start goes on where the first ended */
  folder: string;
  ports?: Ports;
  /** by default Kafka where it can run, else direct */
  broker?: 'kafka' | 'direct';
  /**
   * 1 of each by default; 0 leaves it out. The first is
   *   called "relay", the second "relay-2", on free ports of its own.
   */
  instances?: Partial<Record<Service, number>>;
  /**
   * connections that lead through a proxy and can be made to
   *   fail, by their names (links.mjs); none by default
   */
  links?: 'all' | readonly string[];
  /** for every service, over the caller's own environment */
  env?: Env;
  /** for one instance by its name, over everything else */
  envOf?: Record<string, Env>;
  /** what the stack itself reports */
  log?: (line: string) => void;
  /** each line that a process prints */
  onLine?: (name: string, line: string) => void;
  /** a process started or ended: those that are up */
  onChange?: (pids: Record<string, number>) => void;
  /** gives up a start under way; what was started is stopped */
  signal?: AbortSignal;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

async function choosePorts(wanted: Ports): Promise<Required<Ports>> {
  const free = await freePorts(portNames.length);
  const chosen = portNames.map((name, index) => [name, wanted[name] || free[index]]);
  return Object.fromEntries(chosen);
}

/**
 * Starts the stack. Resolves when every service is ready; when anything fails on the way, what was
 * started is stopped.
 */
export async function startStack({
  folder,
  ports: wantedPorts = {},
  broker: wantedBroker,
  instances = {},
  links: wantedLinks = [],
  env = {},
  envOf = {},
  log = () => {},
  onLine = () => {},
  onChange = () => {},
  signal,
}: StackOptions) {
  await mkdir(folder, { recursive: true });
  // Postgres may run under another account, which must be able to enter.
  await chmod(folder, 0o755);
  const ports = await choosePorts(wantedPorts);
  const secrets = await secretsOf(folder);
  const kind = wantedBroker ?? ((await kafkaAvailable()) ? 'direct' : 'kafka');
  const broker = { kind, bootstrap: kind === 'kafka' ? `${host}:${ports.kafka}` : null };
  const links = createLinks(wantedLinks);

  const members = createMembers({ report: log, onLine, onChange });
  const ownEnv: Map<string, Env> = new Map(Object.entries(envOf));
  let addresses: ReadonlyMap<string, Address> = new Map();

  const postgres = await createPostgres({
    folder: join(folder, 'postgres'),
    port: ports.postgres,
    password: secrets.postgres,
    log: members.recordLines('postgres'),
    onSpawn: members.changed,
  });
  members.add('postgres', postgres);
  const detours: Map<string, Detour> = new Map();
  if (kind === 'kafka') {
    for (const name of [...instanceNames('inventory', instances), ...instanceNames('relay', instances)]) {
      if (!links.has(`${name}->kafka`)) continue;
      const [port = 0] = await freePorts(1);
      detours.set(name, { port, advertisedPort: await links.portTo(`${name}->kafka`, port) });
    }
  }
  const kafka =
    kind === 'kafka'
      ? createKafka({
          folder: join(folder, 'kafka'),
          port: ports.kafka,
          controllerPort: ports.kafkaController,
          detours: [...detours.values()],
          log: members.recordLines('kafka'),
          onSpawn: members.changed,
        })
      : null;
  if (kafka) members.add('kafka', kafka);

  const services = () => members.names.filter((name) => addresses.has(name));

  /** Services first, then what they rest on. */
  async function endAll(how: 'stop' | 'kill') {
    await members.end(services(), how);
    await members.end(['kafka'], how);
    await members.end(['postgres'], how);
  }

  async function isReady(name: string) {
    const address = addresses.get(name);
    if (!address) return members.get(name).phase === 'up';
    const answer = await fetch(`${address.internalUrl}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => null,
    );
    await answer?.arrayBuffer().catch(() => null);
    return answer?.ok ?? false;
  }

  /** Resolves when a process can work: a service answers /readyz. */
  async function ready(name: string, { seconds = 60 }: { seconds?: number } = {}) {
    await poll(
      `${name} is ready`,
      () => {
        const { wanted } = members.get(name);
        if (!wanted) throw new Error(`${name} is down\n${members.lines(name).slice(-20).join('\n')}`);
        return isReady(name);
      },
      { seconds },
    );
  }

  let givenUp: Promise<unknown> = Promise.resolve();
  const giveUp = () => {
    givenUp = endAll('kill').catch(() => {});
  };
  signal?.addEventListener('abort', giveUp, { once: true });

  let urls: Awaited<ReturnType<typeof prepareDatabases>>;
  try {
    signal?.throwIfAborted();
    if (kafka) await installKafka(log);
    signal?.throwIfAborted();
    log(kafka ? 'starting Postgres and Kafka ...' : 'starting Postgres ...');
    await Promise.all([members.get('postgres').start(), kafka ? members.get('kafka').start() : null]);
    signal?.throwIfAborted();
    urls = await prepareDatabases(postgres.adminUrl, secrets);
    signal?.throwIfAborted();
    addresses = await addServices({
      members,
      instances,
      wiring: {
        databases: urls,
        broker,
        callbackSecret: secrets.callback,
        adminToken: secrets.adminToken,
        orderInternal: urlOf(ports.orderInternal),
        inventoryInternal: urlOf(ports.inventoryInternal),
      },
      links,
      ports,
      detours,
      env,
      ownEnv,
    });
    log('starting the services ...');
    await Promise.all(services().map((name) => members.get(name).start()));
    await Promise.all(services().map((name) => ready(name)));
    signal?.throwIfAborted();
  } catch (error) {
    await givenUp;
    await endAll('stop');
    await links.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }

  return {
    folder,
    urls: {
      order: urlOf(ports.order),
      orderInternal: urlOf(ports.orderInternal),
      inventory: urlOf(ports.inventory),
      inventoryInternal: urlOf(ports.inventoryInternal),
      relay: urlOf(ports.relay),
    },
    /** The owner's URLs. */
    databases: { order: urls.owner.order, inventory: urls.owner.inventory },
    /** The superuser's URL. */
    adminUrl: postgres.adminUrl,
    broker,
    adminToken: secrets.adminToken,
    callbackSecret: secrets.callback,
    /** Those asked for. */
    links,
    names: members.names,
    /** @param name of a service's instance */
    addressOf: (name: string) => addresses.get(name),
    /** Of the processes that are up. */
    get pids(): Record<string, number> {
      return members.pids();
    },
    async status() {
      return Promise.all(
        members.all.map(async ({ name, phase, pid, restarts, upSince }) => ({
          name,
          phase,
          pid,
          restarts,
          upSince,
          ready: phase === 'up' && (await isReady(name)),
          url: addresses.get(name)?.url ?? addresses.get(name)?.internalUrl ?? null,
        })),
      );
    },
    lines: members.lines,
    lineCount: members.lineCount,
    /** Resolves when it is launched; see ready(). Nothing happens when it runs. */
    start: (name: string) => members.get(name).start(),
    ready,
    /** SIGKILL; it stays down until started. */
    kill: (name: string) => members.get(name).kill(),
    /** SIGSTOP: alive, but it answers nobody. */
    pause: (name: string) => members.get(name).pause(),
    /** SIGCONT. */
    resume: (name: string) => members.get(name).resume(),
    /** Takes effect when the instance is started the next time. */
    setEnv(name: string, variables: Env) {
      ownEnv.set(members.get(name).name, { ...ownEnv.get(name), ...variables });
    },
    /** Kafka killed, its log deleted and formatted anew under a new cluster id; down until started. */
    async wipeKafka() {
      if (!kafka) throw new Error('there is no kafka here');
      await members.get('kafka').kill();
      await kafka.wipe();
    },
    /** In order: the services, then Kafka, then Postgres; or one of them. */
    async stop(name?: string) {
      if (name) {
        await members.get(name).stop();
        return;
      }
      await endAll('stop');
      await links.close();
    },
    /** SIGKILL to all. */
    async killAll() {
      await members.end(members.names, 'kill');
      await links.close();
    },
  };
}
