// The whole system on this machine: Postgres, Kafka and the services, for the demo, the system tests
// and the benchmark. prepare() of toolchain.mjs must have built it.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../toolchain.mjs';
import { startProcess } from './child-process.mjs';
import { createKafka, installKafka, kafkaAvailable } from './kafka.mjs';
import { createLinks } from './links.mjs';
import { poll } from './poll.mjs';
import { freePorts } from './ports.mjs';
import { createPostgres } from './postgres.mjs';
import { prepareDatabases } from './prepare-databases.mjs';
import { secretsOf } from './secrets.mjs';
import { serviceEnv } from './service-env.mjs';
import { supervise } from './supervise.mjs';
import { createUnit } from './unit.mjs';

// As in the services' own `start` script and in the Dockerfile. A smaller young generation: 10 MB less each, no slower.
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

const keptLines = 5_000;
const host = '127.0.0.1';

/** @typedef {'order' | 'relay' | 'inventory'} Service */
/** @typedef {Record<string, string | undefined>} Env */
/**
 * @typedef {object} Ports 0 or absent: a free one
 * @property {number} [order]
 * @property {number} [orderInternal]
 * @property {number} [inventory]
 * @property {number} [inventoryInternal]
 * @property {number} [relay]
 * @property {number} [postgres]
 * @property {number} [kafka]
 * @property {number} [kafkaController]
 */
/** @type {(keyof Ports)[]} */
const portNames = [
  'order',
  'orderInternal',
  'inventory',
  'inventoryInternal',
  'relay',
  'postgres',
  'kafka',
  'kafkaController',
];

/**
 * @typedef {object} StackOptions
 * @property {string} folder for everything the stack keeps; a second start goes on where the first ended
 * @property {Ports} [ports]
 * @property {'kafka' | 'direct'} [broker] by default Kafka where it can run, else direct
 * @property {Partial<Record<Service, number>>} [instances] 1 of each by default; 0 leaves it out. The first is
 *   called "relay", the second "relay-2", on free ports of its own.
 * @property {'all' | readonly string[]} [links] connections that lead through a proxy and can be made to
 *   fail, by their names (links.mjs); none by default
 * @property {Env} [env] for every service, over the caller's own environment
 * @property {Record<string, Env>} [envOf] for one instance by its name, over everything else
 * @property {(line: string) => void} [log] what the stack itself reports
 * @property {(name: string, line: string) => void} [onLine] each line that a process prints
 * @property {(pids: Record<string, number>) => void} [onChange] a process started or ended: those that are up
 * @property {AbortSignal} [signal] gives up a start under way; what was started is stopped
 */

/** @typedef {Awaited<ReturnType<typeof startStack>>} Stack */

/** @param {number} port */
const urlOf = (port) => `http://${host}:${port}`;
/** @param {string} url */
const portIn = (url) => Number(new URL(url).port);

/** @param {Ports} wanted @returns {Promise<Required<Ports>>} */
async function choosePorts(wanted) {
  const free = await freePorts(portNames.length);
  const chosen = portNames.map((name, index) => [name, wanted[name] || free[index]]);
  return Object.fromEntries(chosen);
}

/**
 * Starts the stack. Resolves when every service is ready; when anything fails on the way, what was
 * started is stopped.
 *
 * @param {StackOptions} options
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
}) {
  await mkdir(folder, { recursive: true });
  // Postgres may run under another account, which must be able to enter.
  await chmod(folder, 0o755);
  const ports = await choosePorts(wantedPorts);
  const secrets = await secretsOf(folder);
  const kind = wantedBroker ?? ((await kafkaAvailable()) ? 'direct' : 'kafka');
  const broker = { kind, bootstrap: kind === 'kafka' ? `${host}:${ports.kafka}` : null };
  const links = createLinks(wantedLinks);

  /** @type {Map<string, import('./supervise.mjs').Supervised>} */
  const members = new Map();
  /** @typedef {{ lines: string[], count: number }} Printed the last lines, and how many there were in all */
  /** @type {Map<string, Printed>} */
  const printed = new Map();
  /** @type {Map<string, Env>} */
  const ownEnv = new Map(Object.entries(envOf));
  /** @type {Map<string, { url: string | null, internalUrl: string }>} */
  const addresses = new Map();

  /** @param {readonly Service[]} of */
  const instanceNames = (of) =>
    of.flatMap((service) =>
      Array.from({ length: instances[service] ?? 1 }, (_, at) =>
        at === 0 ? service : `${service}-${at + 1}`,
      ),
    );

  /** @param {string} name */
  const recordLines = (name) => {
    /** @type {Printed} */
    const output = { lines: [], count: 0 };
    printed.set(name, output);
    return (/** @type {string} */ line) => {
      output.count += 1;
      if (output.lines.push(line) > keptLines) output.lines.shift();
      onLine(name, line);
    };
  };

  /** @returns {Record<string, number>} */
  function pids() {
    const up = [...members.values()].flatMap(({ name, pid }) => (pid === null ? [] : [[name, pid]]));
    return Object.fromEntries(up);
  }
  const changed = () => onChange(pids());

  /** @param {string} name @param {import('./unit.mjs').Unit} unit */
  function add(name, unit) {
    members.set(name, supervise(name, unit, { report: log, changed }));
  }

  /** @param {string} name */
  function member(name) {
    const found = members.get(name);
    if (found) return found;
    throw new Error(`there is no ${name} here: ${[...members.keys()].join(', ')}`);
  }

  const postgres = await createPostgres({
    folder: join(folder, 'postgres'),
    port: ports.postgres,
    password: secrets.postgres,
    log: recordLines('postgres'),
    onSpawn: changed,
  });
  add('postgres', postgres);
  /** @type {Map<string, import('./kafka.mjs').Detour>} */
  const detours = new Map();
  if (kind === 'kafka') {
    for (const name of instanceNames(['inventory', 'relay'])) {
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
          log: recordLines('kafka'),
          onSpawn: changed,
        })
      : null;
  if (kafka) add('kafka', kafka);

  /**
   * What an instance is told of the others: where they are, or the proxy before them.
   *
   * @param {string} name
   * @param {import('./service-env.mjs').Wiring} wiring
   * @returns {Promise<import('./service-env.mjs').Wiring>}
   */
  async function seenBy(name, wiring) {
    const postgresPort = await links.portTo(`${name}->postgres`, ports.postgres);
    const through = (/** @type {string} */ url) =>
      Object.assign(new URL(url), { port: String(postgresPort) }).href;
    const { order, relay, inventory } = wiring.databases;
    const detour = detours.get(name);
    // The second inventory reports to the second order service where there is one.
    const orderSeen = addresses.get(name.replace('inventory', 'order'))?.internalUrl ?? wiring.orderInternal;
    return {
      ...wiring,
      databases: { order: through(order), relay: through(relay), inventory: through(inventory) },
      broker: detour ? { ...broker, bootstrap: `${host}:${detour.advertisedPort}` } : broker,
      orderInternal: name.startsWith('inventory')
        ? urlOf(await links.portTo(`${name}->order`, portIn(orderSeen)))
        : wiring.orderInternal,
      inventoryInternal:
        kind === 'direct' && name.startsWith('relay')
          ? urlOf(await links.portTo(`${name}->inventory`, ports.inventoryInternal))
          : wiring.inventoryInternal,
    };
  }

  /** @param {import('./service-env.mjs').Wiring} wiring */
  async function addServices(wiring) {
    for (const service of /** @type {const} */ (['order', 'inventory', 'relay'])) {
      for (const name of instanceNames([service])) {
        const [port = 0, internalPort = 0] =
          name !== service
            ? await freePorts(2)
            : service === 'relay'
              ? [0, ports.relay]
              : [ports[service], ports[`${service}Internal`]];
        const listening = { port: service === 'relay' ? null : port, internalPort };
        addresses.set(name, {
          url: listening.port === null ? null : urlOf(listening.port),
          internalUrl: urlOf(internalPort),
        });
        if (service === 'order') await links.portTo(`client->${name}`, port);
        const told = serviceEnv(service, listening, await seenBy(name, wiring));
        const onPrinted = recordLines(name);
        const launch = () =>
          startProcess(
            process.execPath,
            [...NODE_FLAGS, join(root, 'services', service, 'dist', 'main.js')],
            {
              cwd: root,
              env: { ...process.env, ...env, ...told, ...ownEnv.get(name) },
              onLine: onPrinted,
            },
          );
        add(name, createUnit({ name, launch, onSpawn: changed }));
      }
    }
  }

  const services = () => [...members.keys()].filter((name) => addresses.has(name));

  /** @param {string[]} names @param {'stop' | 'kill'} how */
  const end = (names, how) => Promise.all(names.map((name) => members.get(name)?.[how]()));

  /** Services first, then what they rest on. @param {'stop' | 'kill'} how */
  async function endAll(how) {
    await end(services(), how);
    await end(['kafka'], how);
    await end(['postgres'], how);
  }

  /** @param {string} name */
  async function isReady(name) {
    const address = addresses.get(name);
    if (!address) return member(name).phase === 'up';
    const answer = await fetch(`${address.internalUrl}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => null,
    );
    await answer?.arrayBuffer().catch(() => null);
    return answer?.ok ?? false;
  }

  /**
   * Resolves when a process can work: a service answers /readyz.
   *
   * @param {string} name
   * @param {{ seconds?: number }} [options]
   */
  async function ready(name, { seconds = 60 } = {}) {
    await poll(
      `${name} is ready`,
      () => {
        const { wanted } = member(name);
        if (!wanted)
          throw new Error(`${name} is down\n${(printed.get(name)?.lines ?? []).slice(-20).join('\n')}`);
        return isReady(name);
      },
      { seconds },
    );
  }

  /** @type {Promise<unknown>} */
  let givenUp = Promise.resolve();
  const giveUp = () => {
    givenUp = endAll('kill').catch(() => {});
  };
  signal?.addEventListener('abort', giveUp, { once: true });

  /** @type {Awaited<ReturnType<typeof prepareDatabases>>} */
  let urls;
  try {
    signal?.throwIfAborted();
    if (kafka) await installKafka(log);
    signal?.throwIfAborted();
    log(kafka ? 'starting Postgres and Kafka ...' : 'starting Postgres ...');
    await Promise.all([member('postgres').start(), kafka ? member('kafka').start() : null]);
    signal?.throwIfAborted();
    urls = await prepareDatabases(postgres.adminUrl, secrets);
    signal?.throwIfAborted();
    await addServices({
      databases: urls,
      broker,
      callbackSecret: secrets.callback,
      adminToken: secrets.adminToken,
      orderInternal: urlOf(ports.orderInternal),
      inventoryInternal: urlOf(ports.inventoryInternal),
    });
    log('starting the services ...');
    await Promise.all(services().map((name) => member(name).start()));
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
    names: [...members.keys()],
    /** @param {string} name of a service's instance */
    addressOf: (name) => addresses.get(name),
    /** Of the processes that are up. @returns {Record<string, number>} */
    get pids() {
      return pids();
    },
    async status() {
      return Promise.all(
        [...members.values()].map(async ({ name, phase, pid, restarts, upSince }) => ({
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
    /**
     * What a process has printed after its first `after` lines, as far as it is among the last 5,000.
     *
     * @param {string} name
     * @param {number} [after]
     * @returns {string[]}
     */
    lines(name, after = 0) {
      const { lines, count } = printed.get(name) ?? { lines: [], count: 0 };
      return lines.slice(Math.max(0, after - (count - lines.length)));
    },
    /** How many lines a process has printed. @param {string} name */
    lineCount: (name) => printed.get(name)?.count ?? 0,
    /** Resolves when it is launched; see ready(). Nothing happens when it runs. @param {string} name */
    start: (name) => member(name).start(),
    ready,
    /** SIGKILL; it stays down until started. @param {string} name */
    kill: (name) => member(name).kill(),
    /** SIGSTOP: alive, but it answers nobody. @param {string} name */
    pause: (name) => member(name).pause(),
    /** SIGCONT. @param {string} name */
    resume: (name) => member(name).resume(),
    /** Takes effect when the instance is started the next time. @param {string} name @param {Env} variables */
    setEnv(name, variables) {
      ownEnv.set(member(name).name, { ...ownEnv.get(name), ...variables });
    },
    /** Kafka killed, its log deleted and formatted anew under a new cluster id; down until started. */
    async wipeKafka() {
      if (!kafka) throw new Error('there is no kafka here');
      await member('kafka').kill();
      await kafka.wipe();
    },
    /** In order: the services, then Kafka, then Postgres; or one of them. @param {string} [name] */
    async stop(name) {
      if (name) {
        await member(name).stop();
        return;
      }
      await endAll('stop');
      await links.close();
    },
    /** SIGKILL to all. */
    async killAll() {
      await end([...members.keys()], 'kill');
      await links.close();
    },
  };
}
