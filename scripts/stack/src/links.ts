// The connections between the parts of a stack that lead through a proxy, so that they can fail.
import type { Fault, TcpProxy } from './tcp-proxy.js';
import { startTcpProxy } from './tcp-proxy.js';
export type Links = ReturnType<typeof createLinks>;

/**
 * A link is named after its ends, the caller first: "relay-2->postgres", "inventory->kafka",
 * "inventory->order" (its callback), "relay->inventory" (direct transport), "client->order".
 *
 * @param wanted the others lead straight to their target
 */
export function createLinks(wanted: 'all' | readonly string[]) {
  const proxies: Map<string, TcpProxy> = new Map();

  function proxyOf(name: string) {
    const proxy = proxies.get(name);
    if (proxy) return proxy;
    throw new Error(`there is no link ${name} here: ${[...proxies.keys()].join(', ')}`);
  }

  return {
    has: (name: string) => wanted === 'all' || wanted.includes(name),
    get names() {
      return [...proxies.keys()];
    },
    /** The port that leads to the target: that of a proxy, or its own. Asked again, the same. */
    async portTo(name: string, target: number) {
      if (wanted !== 'all' && !wanted.includes(name)) return target;
      const proxy = proxies.get(name) ?? (await startTcpProxy({ target }));
      proxies.set(name, proxy);
      return proxy.port;
    },
    portOf: (name: string) => proxyOf(name).port,
    inject: (name: string, fault: Fault) => proxyOf(name).inject(fault),
    /** Everything passes again. */
    heal() {
      for (const proxy of proxies.values()) proxy.inject({ kind: 'pass' });
    },
    /** Answers that `cut-replies` took from a link, so far. */
    repliesCut: (name: string) => proxyOf(name).repliesCut,
    async close() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}
