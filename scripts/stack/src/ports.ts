// TCP ports on this machine.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import getPort from 'get-port';

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152).
// The port of a process that is down must still be free when the process starts again.
const LOWEST = 10_240;
const HIGHEST = 32_767;

// Random, because several test processes look for ports at the same time.
function* candidates() {
  for (;;) yield randomInt(LOWEST, HIGHEST + 1);
}

const PORT_NAMES = [
  'order',
  'orderInternal',
  'inventory',
  'inventoryInternal',
  'relay',
  'console',
  'consoleInternal',
  'postgres',
  'kafka',
  'kafkaController',
] as const;

/** 0 or an absent port means any free port. */
export type Ports = Readonly<Partial<Record<(typeof PORT_NAMES)[number], number>>>;

export async function fillPorts(wanted: Ports): Promise<Required<Ports>> {
  const free = await freePorts(PORT_NAMES.length);
  return Object.fromEntries(
    PORT_NAMES.map((name, index) => [name, wanted[name] || free[index]]),
  ) as Required<Ports>;
}

/** Distinct free ports. */
export function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => getPort({ port: candidates(), host: '127.0.0.1' })));
}

/** Resolves with null if a process can listen on the port, else with the error code. */
export async function portProblem(port: number): Promise<string | null> {
  const server = createServer();
  try {
    await once(server.listen({ port, host: '127.0.0.1', exclusive: true }), 'listening');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
