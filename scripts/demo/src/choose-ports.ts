// The demo's ports: fixed, so that its URLs are the same each time, and each one settable.

import { connect } from 'node:net';
import type { Ports } from '@lmt/stack';
import { freePorts, portProblem } from '@lmt/stack';

const wanted = [
  { name: 'order', variable: 'ORDER_PORT', port: 3000, purpose: 'order, public' },
  { name: 'orderInternal', variable: 'ORDER_INTERNAL_PORT', port: 3100, purpose: 'order, internal' },
  { name: 'inventory', variable: 'INVENTORY_PORT', port: 3001, purpose: 'inventory, public' },
  {
    name: 'inventoryInternal',
    variable: 'INVENTORY_INTERNAL_PORT',
    port: 3101,
    purpose: 'inventory, internal',
  },
  { name: 'relay', variable: 'RELAY_PORT', port: 3102, purpose: 'relay, internal' },
  { name: 'postgres', variable: 'POSTGRES_PORT', port: 54329, purpose: 'Postgres' },
  { name: 'kafka', variable: 'KAFKA_PORT', port: 9092, purpose: 'Kafka' },
  { name: 'kafkaController', variable: 'KAFKA_CONTROLLER_PORT', port: 9093, purpose: "Kafka's controller" },
] as const;

/** @param port whether something answers there, even where a second listener is allowed */
function answers(port: number) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    for (const event of ['connect', 'error', 'timeout']) {
      socket.on(event, () => {
        socket.destroy();
        resolve(event === 'connect');
      });
    }
  });
}

async function problemOf(port: number) {
  const code = (await portProblem(port)) ?? ((await answers(port)) ? 'EADDRINUSE' : null);
  if (code === 'EADDRINUSE') return 'is taken by another program';
  if (code === 'EACCES') return 'may not be used without more rights';
  return code && `can't be used (${code})`;
}

function setting(variable: string, preset: number, env: NodeJS.ProcessEnv) {
  const text = env[variable]?.trim();
  if (!text) return preset;
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw new Error(`${variable}=${text} is not a port: give a number from 0 (a free one) to 65535`);
}

/**
 * All ports of the demo, checked before anything is started. One error names every port that can't be
 * had, what it is for, and the variable that changes it.
 */
export async function choosePorts(
  env: NodeJS.ProcessEnv,
  broker: 'kafka' | 'direct',
): Promise<Partial<Ports>> {
  const needed = wanted.filter(({ name }) => broker === 'kafka' || !name.startsWith('kafka'));
  const free = await freePorts(needed.length);
  const chosen = needed.map((one, index) => {
    const port = setting(one.variable, one.port, env);
    return { ...one, port: port === 0 ? (free[index] ?? 0) : port };
  });
  const problems = [];
  for (const { port, purpose, variable } of chosen) {
    const twin = chosen.find((other) => other.port === port && other.variable !== variable);
    const problem = twin ? `is also wanted for ${twin.purpose}` : await problemOf(port);
    if (problem) problems.push(`  port ${port} (${purpose}) ${problem}: set ${variable} to another one`);
  }
  if (problems.length > 0) {
    const example = wanted.map(({ variable }) => `${variable}=0`).join(' ');
    throw new Error(
      `the demo can't have its ports:\n${problems.join('\n')}\n` + `For free ones: ${example} npm run demo`,
    );
  }
  return Object.fromEntries(chosen.map(({ name, port }) => [name, port]));
}
