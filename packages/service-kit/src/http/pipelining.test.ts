import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendJson } from './json.js';
import { exchange, type Served, serve, until } from './loopback.fixture.js';

/** Opens a socket and collects what the server sends. */
async function open({ port }: Served) {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  let closed = false;
  socket
    .on('error', () => {})
    .on('close', () => {
      closed = true;
    });
  socket.on('data', (text) => {
    received += text;
  });
  await once(socket, 'connect');
  return {
    socket: socket as Socket,
    isClosed: () => closed,
    /** The ids of the answers, in the order received. */
    ids: () => [...received.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id)),
  };
}

/** Serves `/:id`, which answers once the gate is open, and counts the handlers that run at once. */
async function serveGate() {
  const running = { now: 0, most: 0, total: 0 };
  let openGate = () => {};
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const server = await serve(
    (router) => {
      router.get('/open', (_request, response) => sendJson(response, 200, { open: true }));
      router.all('/:id', async (request, response) => {
        running.total += 1;
        running.now += 1;
        running.most = Math.max(running.most, running.now);
        await gate;
        running.now -= 1;
        sendJson(response, 200, { id: Number(request.params.id), body: request.body });
      });
    },
    { bodyLimitBytes: 100_000 },
  );
  return { server, running, openGate };
}

const get = (id: number) => `GET /${id} HTTP/1.1\r\nHost: a\r\n\r\n`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('pipelining', { timeout: 30_000 }, () => {
  it('pipelining: one request of a socket is handled at a time, while another client is answered', async () => {
    const { server, running, openGate } = await serveGate();
    const { socket, ids } = await open(server);
    socket.write(numbers(20_000).map(get).join(''));
    await until(() => running.total > 0);
    for (let request = 0; request < 10; request += 1) {
      expect((await fetch(`${server.url}/open`)).status).toBe(200);
    }
    expect(running.most).toBe(1);
    openGate();
    await until(() => ids().length === 20_000);
    expect(ids()).toEqual(numbers(20_000));
    expect(running.most).toBe(1);
  });

  it('pipelining: the answers keep the order of the requests, with bodies, and the socket stays open', async () => {
    const { server, openGate } = await serveGate();
    openGate();
    const { socket, ids, isClosed } = await open(server);
    const post = (id: number) => {
      const body = JSON.stringify({ text: 'x'.repeat(50_000) });
      return `POST /${id} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };
    socket.write(
      numbers(60)
        .map((id) => (id % 3 === 2 ? post(id) : get(id)))
        .join(''),
    );
    await until(() => ids().length === 60);
    expect(ids()).toEqual(numbers(60));
    socket.write(get(60));
    await until(() => ids().length === 61);
    expect(isClosed()).toBe(false);
  });

  it('pipelining: a request is not late while its socket is paused by earlier requests', async () => {
    const { server, running, openGate } = await serveGate();
    server.server.headersTimeout = 100;
    const { socket, ids } = await open(server);
    const [start, end] = [get(2).slice(0, 10), get(2).slice(10)];
    socket.write(get(0) + get(1) + start);
    await until(() => running.now === 1);
    // Another client is late at the same check of the server.
    expect(await exchange(server.port, start)).toContain('408');
    openGate();
    await until(() => ids().length === 2);
    socket.write(end);
    await until(() => ids().length === 3);
    expect(ids()).toEqual([0, 1, 2]);
  });

  it('pipelining: bytes that are not a request do not answer the request before them', async () => {
    const { server, running } = await serveGate();
    const answer = exchange(server.port, `${get(0)}no request\r\n\r\n`);
    await until(() => running.now === 1);
    expect(await answer).toBe('');
  });

  it('pipelining: waiting requests are dropped when their socket closes', async () => {
    const { server, running, openGate } = await serveGate();
    const { socket, isClosed } = await open(server);
    socket.write(numbers(50).map(get).join(''));
    await until(() => running.now === 1);
    socket.destroy();
    await until(isClosed);
    openGate();
    await until(() => running.now === 0);
    expect((await fetch(`${server.url}/open`)).status).toBe(200);
    // The server notices at its first or second write that the client is gone.
    expect(running.total).toBeLessThan(4);
  });

  it('pipelining: a socket is closed if too many requests wait in the process', async () => {
    const { server, running } = await serveGate();
    const clients = await Promise.all(numbers(20).map(() => open(server)));
    for (const { socket } of clients) socket.write(numbers(3_000).map(get).join(''));
    await until(() => clients.some(({ isClosed }) => isClosed()));
    expect(clients.some(({ isClosed }) => !isClosed())).toBe(true);
    expect(running.most).toBeLessThanOrEqual(20);
    expect((await fetch(`${server.url}/open`)).status).toBe(200);
  });

  it('pipelining: a closing server finishes the running request and closes the socket', async () => {
    const { server, running, openGate } = await serveGate();
    const { socket, ids, isClosed } = await open(server);
    socket.write(numbers(5).map(get).join(''));
    await until(() => running.now === 1);
    const closed = server.close(5_000);
    openGate();
    await closed;
    await until(isClosed);
    expect([ids(), running.total]).toEqual([[0], 1]);
  });
});
