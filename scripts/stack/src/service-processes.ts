// The service processes of a stack: where each listens, its environment, how it is launched.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProxiedListener } from './kafka.js';
import { freePorts, type Ports } from './ports.js';
import type { Processes } from './processes.js';
import type { Proxies } from './proxies.js';
import { createServiceEnv, type Service, type Wiring } from './service-env.js';
import { createStackProcess } from './stack-process.js';
import { startProcess } from './start-process.js';

/** The root folder of this checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

// As in the services' own `start` script and in the Dockerfile. A smaller young generation saves 10 MB
// per process and is no slower.
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

const FAIL_POINT_PRELOAD = join(root, 'scripts', 'stack', 'dist', 'fail-point-preload.js');
const HOST = '127.0.0.1';

export type Env = Readonly<Record<string, string | undefined>>;
export type Instances = Readonly<Partial<Record<Service, number>>>;

export interface Address {
  /** Null for a relay, which has no public port. */
  readonly url: string | null;
  readonly internalUrl: string;
}

export const toUrl = (port: number) => `http://${HOST}:${port}`;
const portOf = (url: string) => Number(new URL(url).port);

/** "relay", "relay-2" ... */
export function instanceNames(service: Service, instances: Instances): string[] {
  const count = instances[service] ?? 1;
  return Array.from({ length: count }, (_, index) => (index === 0 ? service : `${service}-${index + 1}`));
}

export interface ServiceProcessesOptions {
  readonly processes: Processes;
  readonly instances: Instances;
  readonly wiring: Wiring;
  readonly proxies: Proxies;
  readonly ports: Required<Ports>;
  /** By instance. */
  readonly proxiedListeners: ReadonlyMap<string, ProxiedListener>;
  /** For all services, over the caller's own environment. */
  readonly env: Env;
  /** By instance, over everything else. Read at each launch. */
  readonly instanceEnv: ReadonlyMap<string, Env>;
}

/** Adds the services to the processes, not yet started. Resolves with their addresses by instance. */
export async function addServices(options: ServiceProcessesOptions): Promise<ReadonlyMap<string, Address>> {
  const { processes, instances, proxies, ports, env, instanceEnv } = options;
  const addresses = new Map<string, Address>();
  for (const service of ['order', 'inventory', 'relay'] as const) {
    const main = join(root, 'services', service, 'dist', 'main.js');
    for (const name of instanceNames(service, instances)) {
      const listening = await choosePorts(service, name, ports);
      const { port, internalPort } = listening;
      addresses.set(name, { url: port === null ? null : toUrl(port), internalUrl: toUrl(internalPort) });
      if (service === 'order' && port !== null) await proxies.portTo(`client->${name}`, port);
      const endpoints = await endpointsFor(name, addresses, options);
      const serviceEnv = createServiceEnv(service, listening, endpoints);
      const onLine = processes.recordLines(name);
      const launch = () => {
        const variables: Env = { ...process.env, ...env, ...serviceEnv, ...instanceEnv.get(name) };
        const preload = variables.FAIL_POINTS ? ['--import', FAIL_POINT_PRELOAD] : [];
        return startProcess(process.execPath, [...NODE_FLAGS, ...preload, main], {
          cwd: root,
          env: variables,
          onLine,
        });
      };
      processes.add(name, createStackProcess({ name, launch }));
    }
  }
  return addresses;
}

/** The chosen ports for the first instance of a service, free ones for the others. */
async function choosePorts(service: Service, name: string, ports: Required<Ports>) {
  const [freePort = 0, freeInternalPort = 0] = name === service ? [] : await freePorts(2);
  if (service === 'relay') return { port: null, internalPort: freeInternalPort || ports.relay };
  return {
    port: freePort || ports[service],
    internalPort: freeInternalPort || ports[`${service}Internal`],
  };
}

/** The wiring as one instance gets it: with the proxy's address for each connection that has a proxy. */
async function endpointsFor(
  name: string,
  addresses: ReadonlyMap<string, Address>,
  { wiring, proxies, ports, proxiedListeners }: ServiceProcessesOptions,
): Promise<Wiring> {
  const postgresPort = await proxies.portTo(`${name}->postgres`, ports.postgres);
  const proxied = (url: string) => Object.assign(new URL(url), { port: String(postgresPort) }).href;
  const { order, relay, inventory } = wiring.databases;
  const listener = proxiedListeners.get(name);
  const endpoints = {
    ...wiring,
    databases: { order: proxied(order), relay: proxied(relay), inventory: proxied(inventory) },
    broker: listener ? { ...wiring.broker, bootstrap: `${HOST}:${listener.advertisedPort}` } : wiring.broker,
  };
  if (name.startsWith('inventory')) {
    // The second inventory reports to the second order service, where there is one.
    const target = addresses.get(name.replace('inventory', 'order'))?.internalUrl ?? wiring.orderInternal;
    endpoints.orderInternal = toUrl(await proxies.portTo(`${name}->order`, portOf(target)));
  } else if (name.startsWith('relay') && wiring.broker.kind === 'direct') {
    const port = await proxies.portTo(`${name}->inventory`, portOf(wiring.inventoryInternal));
    endpoints.inventoryInternal = toUrl(port);
  }
  return endpoints;
}
