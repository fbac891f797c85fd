import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createKafkaClient } from './client.js';

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '[::1]'],
])('connects to a broker at %s', async (host, shown) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await once(server.listen({ port: 0, host }), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = createKafkaClient({
    brokers: [`${shown}:${port}`],
    clientId: 'test',
    retry: { retries: 0 },
    requestTimeoutMs: 1_000,
  });

  await expect(client.kafka.admin().connect()).rejects.toThrow();

  expect(connections).toBe(1);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});
