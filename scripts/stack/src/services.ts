// The service instances of a stack: where each listens, how it is launched.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freePorts, type Ports } from './ports.js';
import { startProcess } from './start-process.js';
import { type Observer, type SupervisedProcess, supervise } from './supervise.js';

/** The root folder of this checkout, with a slash at its end. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

// The same as in the services' own `start` script and in the Dockerfile. Compared with 8 MB and
// `--heap-growing-percent=50`, the small heap saves 15 MB per process and costs 10 % more CPU at full
// load. One worker thread of V8 saves 5 to 20 MB, and half of the context switches at full load.
export const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=30', '--v8-pool-size=1'];
// glibc otherwise keeps the memory in which V8 compiled Prisma's WebAssembly, about 25 MB.
const ALLOCATOR = { MALLOC_TRIM_THRESHOLD_: '131072' };

// A URL, because Node decodes `%` in a path and cuts it at `#`.
const FAIL_POINT_PRELOAD = pathToFileURL(
  join(root, 'scripts', 'stack', 'dist', 'fail-point-preload.js'),
).href;
export const HOST = '127.0.0.1';
const SERVICES = ['order', 'inventory', 'relay', 'console'] as const;
// Tests, benchmark and chaos work without a console.
const DEFAULT_COUNTS = { order: 1, inventory: 1, relay: 1, console: 0 };

export type Service = (typeof SERVICES)[number];
export type Env = Readonly<Record<string, string | undefined>>;

export const toUrl = (port: number) => `http://${HOST}:${port}`;

export interface Instance {
  /** "relay", "relay-2" ... */
  readonly name: string;
  readonly service: Service;
  /** Null for a relay, which has no public port. */
  readonly port: number | null;
  readonly internalPort: number;
  readonly url: string | null;
  readonly internalUrl: string;
}

/** Assigns the chosen ports to the first instance of each service, free ports to the others. */
export async function chooseInstances(
  counts: Readonly<Partial<Record<Service, number>>>,
  ports: Required<Ports>,
): Promise<Instance[]> {
  const instances: Instance[] = [];
  for (const service of SERVICES) {
    const internal = service === 'relay' ? ports.relay : ports[`${service}Internal`];
    for (let number = 1; number <= (counts[service] ?? DEFAULT_COUNTS[service]); number += 1) {
      const name = number === 1 ? service : `${service}-${number}`;
      const [port = 0, internalPort = 0] = number === 1 ? [ports[service], internal] : await freePorts(2);
      const isPublic = service !== 'relay';
      instances.push({
        name,
        service,
        port: isPublic ? port : null,
        internalPort,
        url: isPublic ? toUrl(port) : null,
        internalUrl: toUrl(internalPort),
      });
    }
  }
  return instances;
}

/** @param env read at each launch */
export function createService(
  { name, service, internalUrl }: Instance,
  env: () => Env,
  observer: Observer,
): SupervisedProcess {
  const main = join(root, 'services', service, 'dist', 'main.js');
  return supervise(
    {
      name,
      launch(onLine) {
        const variables = env();
        const preload = variables.FAIL_POINTS ? ['--import', FAIL_POINT_PRELOAD] : [];
        const args = [...NODE_FLAGS, ...preload, main];
        return startProcess(process.execPath, args, {
          cwd: root,
          env: { ...ALLOCATOR, ...variables },
          onLine,
        });
      },
      async isReady() {
        const timeout = AbortSignal.timeout(2_000);
        const answer = await fetch(`${internalUrl}/readyz`, { signal: timeout }).catch(() => null);
        await answer?.arrayBuffer().catch(() => null);
        return answer?.ok ?? false;
      },
    },
    observer,
  );
}
