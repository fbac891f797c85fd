import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { choosePorts } from './choose-ports.js';

const variables = [
  'ORDER_PORT',
  'ORDER_INTERNAL_PORT',
  'INVENTORY_PORT',
  'INVENTORY_INTERNAL_PORT',
  'RELAY_PORT',
  'CONSOLE_PORT',
  'CONSOLE_INTERNAL_PORT',
  'POSTGRES_PORT',
  'KAFKA_PORT',
  'KAFKA_CONTROLLER_PORT',
];
const allFree = Object.fromEntries(variables.map((name) => [name, '0']));

test('chooses a different free port for each variable set to 0', async () => {
  const ports = Object.values(await choosePorts(allFree, 'kafka'));
  expect(ports).toHaveLength(10);
  expect(new Set(ports).size).toBe(10);
});

test('needs no Kafka ports for the direct transport', async () => {
  expect(await choosePorts(allFree, 'direct')).not.toHaveProperty('kafka');
});

test('names a taken port, its purpose and its variable', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await expect(choosePorts({ ...allFree, RELAY_PORT: String(port) }, 'direct')).rejects.toThrow(
      `port ${port} (relay, internal) is taken by another program: set RELAY_PORT to another one`,
    );
  } finally {
    server.close();
  }
});

test('rejects one port for two purposes', async () => {
  const [port] = Object.values(await choosePorts(allFree, 'direct'));
  const env = { ...allFree, ORDER_PORT: String(port), RELAY_PORT: String(port) };
  await expect(choosePorts(env, 'direct')).rejects.toThrow(
    `port ${port} (order, public) is also wanted for relay`,
  );
});

test.each(['abc', '-1', '65536', '30.5'])('rejects ORDER_PORT=%s', async (value) => {
  await expect(choosePorts({ ...allFree, ORDER_PORT: value }, 'direct')).rejects.toThrow('is not a port');
});
