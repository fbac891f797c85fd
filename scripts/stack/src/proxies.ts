// TCP proxies on the connections between the processes of a stack, so that the connections can fail.
import { type Fault, startTcpProxy, type TcpProxy } from './tcp-proxy.js';

export type Proxies = ReturnType<typeof createProxies>;

/**
 * A proxy is named after the connection it carries, the caller first: "relay-2->postgres",
 * "inventory->kafka", "inventory->order" (callbacks), "relay->inventory" (direct transport),
 * "client->order".
 *
 * @param wanted the connections that get a proxy. All others are direct.
 */
export function createProxies(wanted: 'all' | readonly string[]) {
  const proxies = new Map<string, TcpProxy>();

  function get(name: string): TcpProxy {
    const proxy = proxies.get(name);
    if (proxy) return proxy;
    throw new Error(`unknown proxy ${name}: ${[...proxies.keys()].join(', ')}`);
  }

  const isWanted = (name: string) => wanted === 'all' || wanted.includes(name);

  return {
    isWanted,
    get names() {
      return [...proxies.keys()];
    },
    /** The port that leads to the target: that of the connection's proxy, else the target's own. */
    async portTo(name: string, target: number) {
      if (!isWanted(name)) return target;
      const proxy = proxies.get(name) ?? (await startTcpProxy({ target }));
      proxies.set(name, proxy);
      return proxy.port;
    },
    portOf: (name: string) => get(name).port,
    inject: (name: string, fault: Fault) => get(name).inject(fault),
    /** Lets all connections pass again. */
    heal() {
      for (const proxy of proxies.values()) proxy.inject({ kind: 'pass' });
    },
    /** How many replies `cut-replies` has removed so far. */
    repliesCut: (name: string) => get(name).repliesCut,
    async close() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}
