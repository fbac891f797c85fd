// The connections between the parts of a stack that lead through a proxy, so that they can fail.
import { startTcpProxy } from './tcp-proxy.mjs';

/** @typedef {import('./tcp-proxy.mjs').Fault} Fault */
/** @typedef {ReturnType<typeof createLinks>} Links */

/**
 * A link is named after its ends, the caller first: "relay-2->postgres", "inventory->kafka",
 * "inventory->order" (its callback), "relay->inventory" (direct transport), "client->order".
 *
 * @param {'all' | readonly string[]} wanted the others lead straight to their target
 */
export function createLinks(wanted) {
  /** @type {Map<string, import('./tcp-proxy.mjs').TcpProxy>} */
  const proxies = new Map();

  /** @param {string} name */
  function proxyOf(name) {
    const proxy = proxies.get(name);
    if (proxy) return proxy;
    throw new Error(`there is no link ${name} here: ${[...proxies.keys()].join(', ')}`);
  }

  return {
    /** @param {string} name */
    has: (name) => wanted === 'all' || wanted.includes(name),
    get names() {
      return [...proxies.keys()];
    },
    /**
     * The port that leads to the target: that of a proxy, or its own. Asked again, the same.
     *
     * @param {string} name
     * @param {number} target
     */
    async portTo(name, target) {
      if (wanted !== 'all' && !wanted.includes(name)) return target;
      const proxy = proxies.get(name) ?? (await startTcpProxy({ target }));
      proxies.set(name, proxy);
      return proxy.port;
    },
    /** @param {string} name */
    portOf: (name) => proxyOf(name).port,
    /** @param {string} name @param {Fault} fault */
    inject: (name, fault) => proxyOf(name).inject(fault),
    /** Everything passes again. */
    heal() {
      for (const proxy of proxies.values()) proxy.inject({ kind: 'pass' });
    },
    /** Answers that `cut-replies` took from a link, so far. @param {string} name */
    repliesCut: (name) => proxyOf(name).repliesCut,
    async close() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}
