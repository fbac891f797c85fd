import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { createCA, createCert } from 'mkcert';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { explainKafkaError } from './classify-error.js';
import { createKafkaClient, type KafkaClient } from './client.js';

const names = { organization: 'test', countryCode: 'XX', state: 'test', locality: 'test', validity: 2 };
let ca: { cert: string; key: string };
let localhost: { cert: string; key: string };
const open: (Server | KafkaClient)[] = [];

beforeAll(async () => {
  ca = await createCA(names);
  localhost = await createCert({ ca, domains: ['localhost'], validity: 2 });
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const one of open.splice(0)) 'kafka' in one ? one.destroy() : one.close();
});

async function listen(server: Server, host: string): Promise<number> {
  open.push(server);
  await once(server.listen({ port: 0, host }), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Connects, and returns why that failed. No server here speaks Kafka's protocol. */
async function connect(broker: string, tls: { ca?: string }): Promise<string> {
  const client = createKafkaClient({
    brokers: [broker],
    clientId: 'test',
    security: { tls },
    retry: { retries: 0 },
    requestTimeoutMs: 500,
  });
  open.push(client);
  return client.kafka
    .admin()
    .connect()
    .then(() => 'connected', explainKafkaError);
}

it('sends the name of the host and verifies it', async () => {
  const server = createTlsServer({ ...localhost });
  const port = await listen(server, 'localhost');
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;

  const reason = connect(`localhost:${port}`, { ca: ca.cert });

  const [socket] = await accepted;
  expect(socket).toHaveProperty('servername', 'localhost');
  socket.destroy();
  expect(await reason).toMatch(/^Closed connection|ECONNRESET/);
});

it('rejects a certificate for another host, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const port = await listen(createTlsServer({ ...localhost }), '127.0.0.1');

  expect(await connect(`127.0.0.1:${port}`, { ca: ca.cert })).toMatch(
    /does not match certificate's altnames: IP: 127\.0\.0\.1 is not in the cert's list/,
  );
  expect(await connect(`127.0.0.1:${port}`, {})).toMatch(/unknown CA/);
});

it('destroys the socket if the server does not finish the TLS handshake in time', async () => {
  const destroy = vi.spyOn(TLSSocket.prototype, 'destroy');
  // A frozen server neither answers nor closes its half of the connection.
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.resume());
  const port = await listen(server, '127.0.0.1');

  expect(await connect(`127.0.0.1:${port}`, {})).toBe('Connection timeout');

  await vi.waitFor(() => expect(destroy).toHaveBeenCalled(), { timeout: 5_000, interval: 10 });
});
