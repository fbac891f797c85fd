// The instances of the services in a stack: where each listens, what it is told, how it is launched.

import { join } from 'node:path';
import { root } from './checkout.js';
import { startProcess } from './child-process.js';
import type { Detour } from './kafka.js';
import type { Links } from './links.js';
import type { Members } from './members.js';
import { freePorts } from './ports.js';
import { serviceEnv } from './service-env.js';
import type { Ports } from './stack.js';
import { createUnit } from './unit.js';

// As in the services' own `start` script and in the Dockerfile. A smaller young generation: 10 MB less each, no slower.
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

const FAIL_POINT_PRELOAD = join(root, 'scripts', 'stack', 'dist', 'fail-point-preload.js');

const host = '127.0.0.1';

import type { Service, Wiring } from './service-env.js';
export type Env = Record<string, string | undefined>;
/** its public and its internal port */
export type Address = { url: string | null; internalUrl: string };

export const urlOf = (port: number) => `http://${host}:${port}`;
const portIn = (url: string) => Number(new URL(url).port);

/** "relay" and "relay-2". */
export function instanceNames(service: Service, instances: Partial<Record<Service, number>>) {
  const count = instances[service] ?? 1;
  return Array.from({ length: count }, (_, at) => (at === 0 ? service : `${service}-${at + 1}`));
}

/** What an instance is told of the others: where they are, or the proxy before them. */
async function seenBy(
  name: string,
  {
    wiring,
    links,
    ports,
    addresses,
    detours,
  }: {
    wiring: Wiring;
    links: Links;
    ports: Ports;
    addresses: ReadonlyMap<string, Address>;
    detours: ReadonlyMap<string, Detour>;
  },
): Promise<Wiring> {
  const postgresPort = await links.portTo(`${name}->postgres`, ports.postgres ?? 0);
  const through = (url: string) => Object.assign(new URL(url), { port: String(postgresPort) }).href;
  const { order, relay, inventory } = wiring.databases;
  const detour = detours.get(name);
  // The second inventory reports to the second order service where there is one.
  const orderSeen = addresses.get(name.replace('inventory', 'order'))?.internalUrl ?? wiring.orderInternal;
  const isDirect = wiring.broker.kind === 'direct';
  return {
    ...wiring,
    databases: { order: through(order), relay: through(relay), inventory: through(inventory) },
    broker: detour ? { ...wiring.broker, bootstrap: `${host}:${detour.advertisedPort}` } : wiring.broker,
    orderInternal: name.startsWith('inventory')
      ? urlOf(await links.portTo(`${name}->order`, portIn(orderSeen)))
      : wiring.orderInternal,
    inventoryInternal:
      isDirect && name.startsWith('relay')
        ? urlOf(await links.portTo(`${name}->inventory`, portIn(wiring.inventoryInternal)))
        : wiring.inventoryInternal,
  };
}

/** The ports that were chosen for the first instance; free ones for the others. */
async function portsOf(service: Service, name: string, ports: Ports) {
  if (name !== service) {
    const [port = 0, internalPort = 0] = await freePorts(2);
    return { port: service === 'relay' ? null : port, internalPort };
  }
  if (service === 'relay') return { port: null, internalPort: ports.relay ?? 0 };
  return { port: ports[service] ?? 0, internalPort: ports[`${service}Internal`] ?? 0 };
}

/**
 * Adds them to the members, not yet started.
 *
 * @param options.env over the caller's own environment
 * @param options.ownEnv by instance, read at each launch, over what it is told
 * @returns by instance
 */
export async function addServices({
  members,
  instances,
  wiring,
  links,
  ports,
  detours,
  env,
  ownEnv,
}: {
  members: Members;
  instances: Partial<Record<Service, number>>;
  wiring: Wiring;
  links: Links;
  ports: Ports;
  detours: ReadonlyMap<string, Detour>;
  env: Env;
  ownEnv: ReadonlyMap<string, Env>;
}): Promise<ReadonlyMap<string, Address>> {
  const addresses: Map<string, Address> = new Map();
  for (const service of ['order', 'inventory', 'relay'] as const) {
    for (const name of instanceNames(service, instances)) {
      const listening = await portsOf(service, name, ports);
      const { port, internalPort } = listening;
      addresses.set(name, { url: port === null ? null : urlOf(port), internalUrl: urlOf(internalPort) });
      if (service === 'order' && port !== null) await links.portTo(`client->${name}`, port);
      const told = serviceEnv(
        service,
        listening,
        await seenBy(name, { wiring, links, ports, addresses, detours }),
      );
      const onLine = members.recordLines(name);
      const main = join(root, 'services', service, 'dist', 'main.js');
      const launch = () => {
        const variables: Env = { ...process.env, ...env, ...told, ...ownEnv.get(name) };
        const preload = variables.FAIL_POINTS ? ['--import', FAIL_POINT_PRELOAD] : [];
        return startProcess(process.execPath, [...NODE_FLAGS, ...preload, main], {
          cwd: root,
          env: variables,
          onLine,
        });
      };
      members.add(name, createUnit({ name, launch, onSpawn: members.changed }));
    }
  }
  return addresses;
}
