import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { describeDelivery } from '../port.contract.js';
import { outboundMessage } from '../port.fixture.js';
import type { MessageHandler } from '../port.js';
import { describeOutage } from '../port-outage.contract.js';
import { createDirectPublisher } from './publisher.js';
import { receiveDirectBatch } from './receive-direct-batch.js';

const BODY_LIMIT = 1_000_000;
const timeoutMs = 2000;

/** A minimal receiver: checks the signature and the body limit, then processes the batch. */
async function startReceiver(handler: MessageHandler, port = 0): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const refusal =
      request.headers.signature !== `of ${body.length}` ? 401 : body.length > BODY_LIMIT ? 413 : null;
    const answer = refusal
      ? { status: refusal, body: {} }
      : await receiveDirectBatch(JSON.parse(body.toString()), handler);
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

const readPort = (server: Server) => (server.address() as AddressInfo).port;
const sign = (body: Buffer) => ({ signature: `of ${body.length}` });
const publisherFor = (port: number, path = '/internal/messages') =>
  createDirectPublisher({
    url: `http://127.0.0.1:${port}${path}`,
    sign,
    timeoutMs,
    source: '/test',
  });

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

async function connect(handler: MessageHandler) {
  const server = await startReceiver(handler);
  const publisher = publisherFor(readPort(server));
  return {
    server,
    topic: 'unused',
    publisher,
    refusesOtherTopics: false,
    async sendGarbage() {
      const body = '[42, {"specversion":"1.0","data":{"no":"id"}}, null]';
      const response = await fetch(`http://127.0.0.1:${readPort(server)}/`, {
        method: 'POST',
        body,
        headers: sign(Buffer.from(body)),
      });
      expect(response.status).toBe(200);
    },
    async deadLetterReasons(outcomes: readonly { status: string; reason?: string }[]) {
      return outcomes.flatMap(({ status, reason }) => (status === 'rejected' && reason ? [reason] : []));
    },
    closeReceiver: () => stop(server),
    async close() {
      await publisher.close();
      await stop(server);
    },
  };
}

describeDelivery('direct HTTP', connect);

let current: Server;
let handlerOfCurrent: MessageHandler;
let port = 0;
describeOutage(
  'direct HTTP',
  timeoutMs,
  async (handler) => {
    const connected = await connect(handler);
    current = connected.server;
    handlerOfCurrent = handler;
    port = readPort(current);
    return {
      ...connected,
      close: async () => {
        await connected.publisher.close();
        await stop(current);
      },
    };
  },
  {
    async down() {
      current.closeAllConnections();
      await stop(current);
    },
    async up() {
      current = await startReceiver(handlerOfCurrent, port);
    },
  },
);

it('reports messages as unavailable within the time-out when the receiver does not answer', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher = publisherFor(readPort(server));
  const started = performance.now();

  const outcomes = await publisher.publish([outboundMessage('t'), outboundMessage('t')]);

  expect(outcomes.map(({ status }) => status)).toEqual(['unavailable', 'unavailable']);
  expect(performance.now() - started).toBeLessThan(timeoutMs + 1000);
  await publisher.close();
  server.closeAllConnections();
  await stop(server);
});

it.each([
  [401, /share the secret/],
  [404, /check the URL/],
  [500, /answered 500/],
  [503, /answered 503/],
])('treats status %i as an outage and names the likely cause', async (status, reason) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher = publisherFor(readPort(server));

  const outcomes = await publisher.publish([outboundMessage('t')]);

  expect(outcomes).toEqual([{ status: 'unavailable', reason: expect.stringMatching(reason) }]);
  await publisher.close();
  await stop(server);
});

it('lowered-limit: after 413 for every message, no message is rejected and the rest is not tried singly', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => response.writeHead(413).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher = publisherFor(readPort(server));

  const outcomes = await publisher.publish(Array.from({ length: 500 }, () => outboundMessage('t')));

  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      status: 'unavailable',
      destinationOnly: true,
      reason: expect.stringMatching(/^\d+ bytes: .* rejects a request of this size; raise .* proxy/),
    });
  }
  expect(requests).toBeLessThan(30);
  await publisher.close();
  await stop(server);
});

it('does not send a message if an earlier one of its key was refused for its size', async () => {
  const posted: string[] = [];
  const server = createServer(async (request, response) => {
    const events: { readonly id: string }[] = JSON.parse(await text(request));
    if (events.some(({ id }) => id === first?.id)) return response.writeHead(413).end();
    posted.push(...events.map(({ id }) => id));
    const results = events.map(({ id }) => ({ id, status: 'accepted' }));
    return response.writeHead(200).end(JSON.stringify({ results }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher = publisherFor(readPort(server));
  const [first, second, other] = ['a', 'a', 'b'].map((key) => outboundMessage('t', { key }));
  if (first === undefined || second === undefined || other === undefined) throw new Error('no message');

  const outcomes = await publisher.publish([first, second, other]);

  expect(posted).toEqual([other.id]);
  expect(outcomes.map(({ status }) => status)).toEqual(['unavailable', 'unavailable', 'acknowledged']);
  await publisher.close();
  await stop(server);
});

it('does not apply the answer for one message to another', async () => {
  const server = createServer((request, response) => {
    const results = [{ id: 'another', status: 'accepted' }];
    request.resume().on('end', () => response.writeHead(200).end(JSON.stringify({ results })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publisher = publisherFor(readPort(server));

  const outcomes = await publisher.publish([outboundMessage('t')]);

  expect(outcomes).toEqual([{ status: 'failed', reason: expect.stringContaining('another') }]);
  await publisher.close();
  await stop(server);
});

it('rejects a body that is not JSON and sends the others', async () => {
  const got: string[] = [];
  const server = await startReceiver(async (messages) => {
    got.push(...messages.map(({ body }) => body));
    return [];
  });
  const publisher = publisherFor(readPort(server));

  const outcomes = await publisher.publish([
    outboundMessage('t', { body: '{"open":' }),
    outboundMessage('t', { body: '1' }),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'acknowledged']);
  expect(got).toEqual(['1']);
  await publisher.close();
  await stop(server);
});
