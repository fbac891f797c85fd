import type { LookupAddress } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

type Lookup = (hostname: string, options: { readonly all: true }) => Promise<LookupAddress[]>;

export type Resolver = ReturnType<typeof createResolver>;

/**
 * Resolves host names, with one lookup at a time per name. A lookup occupies one of Node's four
 * threads. In Docker Compose the lookup of a stopped service takes 10 s if the host has no name
 * server, so repeated lookups of that name would make all other services unreachable.
 */
export function createResolver(lookup: Lookup = lookUp) {
  const pending = new Map<string, Promise<LookupAddress[]>>();

  function resolve(hostname: string): Promise<LookupAddress[]> {
    const shared = pending.get(hostname);
    if (shared !== undefined) return shared;
    const started = lookup(hostname, { all: true }).finally(() => pending.delete(hostname));
    pending.set(hostname, started);
    return started;
  }

  /** For `net.connect`. */
  const connectLookup: LookupFunction = (hostname, options, callback) => {
    resolve(hostname).then(
      (all) => {
        const [first] = all;
        if (options.all || first === undefined) callback(null, all);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  return { resolve, connectLookup };
}
