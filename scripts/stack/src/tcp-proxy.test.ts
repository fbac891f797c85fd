import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { poll } from './poll.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

let server: Server;
let proxy: TcpProxy;
const sockets: Set<Socket> = new Set();
/** The bytes that the server has received. */
let received = '';

// An echo server.
beforeEach(async () => {
  received = '';
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      if (received.length < 1_000) received += data;
      socket.write(data);
    });
    socket.on('end', () => socket.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await startTcpProxy(port, () => 0.5);
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await proxy.close();
  server.close();
});

async function client() {
  const socket = connect({ port: proxy.port, host: '127.0.0.1' });
  sockets.add(socket);
  let text = '';
  let closed: string | null = null;
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    closed = error.code ?? 'error';
  });
  socket.on('close', () => {
    closed ??= 'end';
  });
  await once(socket, 'connect');
  return {
    socket,
    text: () => text,
    closed: () => closed,
    gets: (expected: string) => poll(`"${expected}" comes back`, () => text === expected),
    ends: () => poll('the connection ends', () => closed),
  };
}

it('forwards both ways, up to the last byte and the end', async () => {
  const one = await client();
  one.socket.end('hello');
  expect(await one.ends()).toBe('end');
  expect(one.text()).toBe('hello');
  await poll('the connection is forgotten', () => proxy.open() === 0);
});

it('forwards megabytes to a slow reader', async () => {
  const one = await client();
  const bytes = 8 * 1_048_576;
  let length = 0;
  one.socket.on('data', (data) => {
    length += data.length;
    one.socket.pause();
    setImmediate(() => one.socket.resume());
  });
  one.socket.end(Buffer.alloc(bytes, 'x'));
  await one.ends();
  expect(length).toBe(bytes);
});

it('cut: resets open and new connections until it passes again', async () => {
  const before = await client();
  before.socket.write('a');
  await before.gets('a');
  proxy.inject({ kind: 'cut' });
  expect(await before.ends()).toBe('ECONNRESET');
  const meanwhile = await client().catch((error) => error);
  if ('ends' in meanwhile) expect(await meanwhile.ends()).toBe('ECONNRESET');
  else expect(meanwhile.code).toBe('ECONNRESET');

  proxy.inject({ kind: 'pass' });
  const after = await client();
  after.socket.write('b');
  await after.gets('b');
});

it('delay: delays each chunk and keeps the order', async () => {
  const one = await client();
  proxy.inject({ kind: 'delay', ms: 200, jitterMs: 50 });
  const start = performance.now();
  one.socket.write('1');
  await sleep(20);
  one.socket.write('2');
  await one.gets('12');
  // The request and the reply are both delayed.
  expect(performance.now() - start).toBeGreaterThanOrEqual(390);
});

it('stall: forwards nothing, not even an end, and everything afterwards', async () => {
  const one = await client();
  const leaving = await client();
  one.socket.write('a');
  await one.gets('a');
  proxy.inject({ kind: 'stall' });
  one.socket.write('b');
  leaving.socket.resetAndDestroy();
  const during = await client();
  during.socket.write('c');
  await sleep(200);
  expect([received, one.text(), one.closed(), during.text(), during.closed()]).toEqual([
    'a',
    'a',
    null,
    '',
    null,
  ]);
  proxy.inject({ kind: 'pass' });
  await one.gets('ab');
  await during.gets('c');
  await poll('the client that left is forgotten', () => proxy.open() === 2);
});

it('cut-replies: forwards the request and resets the connection at its reply', async () => {
  const one = await client();
  proxy.inject({ kind: 'cut-replies' });
  one.socket.write('request');
  expect(await one.ends()).toBe('ECONNRESET');
  expect(received).toBe('request');
  expect(one.text()).toBe('');
  expect(proxy.repliesCut()).toBe(1);
});

it('resets the client when the target is down', async () => {
  server.close();
  const one = await client();
  expect(await one.ends()).toMatch(/end|ECONNRESET/);
});
