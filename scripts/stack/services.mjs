// The instances of the services in a stack: where each listens, what it is told, how it is launched.
import { join } from 'node:path';
import { root } from '../toolchain.mjs';
import { startProcess } from './child-process.mjs';
import { freePorts } from './ports.mjs';
import { serviceEnv } from './service-env.mjs';
import { createUnit } from './unit.mjs';

// As in the services' own `start` script and in the Dockerfile. A smaller young generation: 10 MB less each, no slower.
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=30'];

const host = '127.0.0.1';

/** @typedef {import('./service-env.mjs').Service} Service */
/** @typedef {import('./service-env.mjs').Wiring} Wiring */
/** @typedef {Record<string, string | undefined>} Env */
/** @typedef {{ url: string | null, internalUrl: string }} Address its public and its internal port */

/** @param {number} port */
export const urlOf = (port) => `http://${host}:${port}`;
/** @param {string} url */
const portIn = (url) => Number(new URL(url).port);

/** "relay" and "relay-2". @param {Service} service @param {Partial<Record<Service, number>>} instances */
export function instanceNames(service, instances) {
  const count = instances[service] ?? 1;
  return Array.from({ length: count }, (_, at) => (at === 0 ? service : `${service}-${at + 1}`));
}

/**
 * What an instance is told of the others: where they are, or the proxy before them.
 *
 * @param {string} name
 * @param {object} options
 * @param {Wiring} options.wiring
 * @param {import('./links.mjs').Links} options.links
 * @param {import('./stack.mjs').Ports} options.ports
 * @param {ReadonlyMap<string, Address>} options.addresses
 * @param {ReadonlyMap<string, import('./kafka.mjs').Detour>} options.detours
 * @returns {Promise<Wiring>}
 */
async function seenBy(name, { wiring, links, ports, addresses, detours }) {
  const postgresPort = await links.portTo(`${name}->postgres`, ports.postgres ?? 0);
  const through = (/** @type {string} */ url) =>
    Object.assign(new URL(url), { port: String(postgresPort) }).href;
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

/** The ports that were chosen for the first instance; free ones for the others. @param {Service} service @param {string} name @param {import('./stack.mjs').Ports} ports */
async function portsOf(service, name, ports) {
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
 * @param {object} options
 * @param {import('./members.mjs').Members} options.members
 * @param {Partial<Record<Service, number>>} options.instances
 * @param {Wiring} options.wiring
 * @param {import('./links.mjs').Links} options.links
 * @param {import('./stack.mjs').Ports} options.ports
 * @param {ReadonlyMap<string, import('./kafka.mjs').Detour>} options.detours
 * @param {Env} options.env over the caller's own environment
 * @param {ReadonlyMap<string, Env>} options.ownEnv by instance, read at each launch, over what it is told
 * @returns {Promise<ReadonlyMap<string, Address>>} by instance
 */
export async function addServices({ members, instances, wiring, links, ports, detours, env, ownEnv }) {
  /** @type {Map<string, Address>} */
  const addresses = new Map();
  for (const service of /** @type {const} */ (['order', 'inventory', 'relay'])) {
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
      const launch = () =>
        startProcess(process.execPath, [...NODE_FLAGS, main], {
          cwd: root,
          env: { ...process.env, ...env, ...told, ...ownEnv.get(name) },
          onLine,
        });
      members.add(name, createUnit({ name, launch, onSpawn: members.changed }));
    }
  }
  return addresses;
}
