// The demo's ports. They are fixed, so that its URLs never change, and each is configurable.
import { connect } from 'node:net';
import { freePorts, type Ports, portProblem } from '@lmt/stack';

type DemoPort = (typeof DEMO_PORTS)[number];

const DEMO_PORTS = [
  { name: 'order', variable: 'ORDER_PORT', port: 3000, use: 'order, public' },
  { name: 'orderInternal', variable: 'ORDER_INTERNAL_PORT', port: 3100, use: 'order, internal' },
  { name: 'inventory', variable: 'INVENTORY_PORT', port: 3001, use: 'inventory, public' },
  { name: 'inventoryInternal', variable: 'INVENTORY_INTERNAL_PORT', port: 3101, use: 'inventory, internal' },
  { name: 'relay', variable: 'RELAY_PORT', port: 3102, use: 'relay, internal' },
  { name: 'console', variable: 'CONSOLE_PORT', port: 3003, use: 'console' },
  { name: 'consoleInternal', variable: 'CONSOLE_INTERNAL_PORT', port: 3103, use: 'console, internal' },
  { name: 'postgres', variable: 'POSTGRES_PORT', port: 54329, use: 'Postgres' },
  { name: 'kafka', variable: 'KAFKA_PORT', port: 9092, use: 'Kafka' },
  { name: 'kafkaController', variable: 'KAFKA_CONTROLLER_PORT', port: 9093, use: "Kafka's controller" },
] as const;

/**
 * Chooses and checks all ports of the demo before anything is started. One error names every
 * unusable port with its use and the variable that changes it.
 */
export async function choosePorts(env: NodeJS.ProcessEnv, broker: 'kafka' | 'direct'): Promise<Ports> {
  const needed = DEMO_PORTS.filter(({ name }) => broker === 'kafka' || !name.startsWith('kafka'));
  const free = await freePorts(needed.length);
  const chosen = needed.map((one, index) => ({ ...one, port: readPort(one, env) || (free[index] ?? 0) }));
  const problems: string[] = [];
  for (const { port, use, variable } of chosen) {
    const twin = chosen.find((other) => other.port === port && other.variable !== variable);
    const problem = twin ? `is also wanted for ${twin.use}` : await describeProblem(port);
    if (problem) problems.push(`  port ${port} (${use}) ${problem}: set ${variable} to another one`);
  }
  if (problems.length > 0) {
    const example = DEMO_PORTS.map(({ variable }) => `${variable}=0`).join(' ');
    throw new Error(
      `the demo can't use its ports:\n${problems.join('\n')}\nFor free ones: ${example} npm run demo`,
    );
  }
  return Object.fromEntries(chosen.map(({ name, port }) => [name, port]));
}

function readPort({ variable, port }: DemoPort, env: NodeJS.ProcessEnv) {
  const text = env[variable]?.trim();
  if (!text) return port;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`${variable}=${text} is not a port: expected a number from 0 (a free one) to 65535`);
}

async function describeProblem(port: number) {
  const code = (await portProblem(port)) ?? ((await acceptsConnections(port)) ? 'EADDRINUSE' : null);
  if (code === 'EADDRINUSE') return 'is taken by another program';
  if (code === 'EACCES') return 'needs more privileges';
  return code && `can't be used (${code})`;
}

/** Detects a program on the port even where the system allows a second listener. */
function acceptsConnections(port: number) {
  return new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    for (const event of ['connect', 'error', 'timeout']) {
      socket.on(event, () => {
        socket.destroy();
        resolve(event === 'connect');
      });
    }
  });
}
