// TCP proxies that make the connections between the processes of a stack fail.
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

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

  const isWanted = (name: string) => wanted === 'all' || wanted.includes(name);

  return {
    isWanted,
    get names() {
      return [...proxies.keys()];
    },
    get(name: string): TcpProxy {
      const proxy = proxies.get(name);
      if (proxy) return proxy;
      throw new Error(`unknown proxy ${name}: ${[...proxies.keys()].join(', ')}`);
    },
    /** Resolves with the port of the connection's proxy, or else the target's own port. */
    async portTo(name: string, target: number) {
      if (!isWanted(name)) return target;
      const proxy = proxies.get(name) ?? (await startTcpProxy(target));
      proxies.set(name, proxy);
      return proxy.port;
    },
    /** Lets all connections pass again. */
    heal() {
      for (const proxy of proxies.values()) proxy.inject({ kind: 'pass' });
    },
    async close() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}
