import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import type { Express } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sendJson } from './json.js';
import { exchange, serve, until } from './loopback.fixture.js';

const OK = '/ok';
const serveOk = (options = {}) =>
  serve((router) => {
    router.all(OK, (_request, response) => sendJson(response, 200, { ok: true }));
  }, options);

/** Serves a route that answers after `release()`. */
async function serveSlow() {
  let release = () => {};
  let entered = false;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await serve((router) => {
    router.get('/slow', async (_request, response) => {
      entered = true;
      await gate;
      sendJson(response, 200, { ok: true });
    });
    router.get(OK, (_request, response) => sendJson(response, 200, { ok: true }));
  });
  return { server, release, entered: () => until(() => entered) };
}

describe('listen', { timeout: 30_000 }, () => {
  it('gives requests and responses the prototypes of express from the start', async () => {
    let unchanged = false;
    const { url } = await serve((router) => {
      router.get('/', (request, response) => {
        unchanged =
          Object.getPrototypeOf(request) === (request.app as Express).request &&
          Object.getPrototypeOf(response) === (request.app as Express).response &&
          Object.hasOwn(Object.getPrototypeOf(request), 'constructor');
        response.json({ ip: request.ip, accepts: request.accepts('json') });
      });
    });
    expect(await (await fetch(url)).json()).toEqual({ ip: '127.0.0.1', accepts: 'json' });
    expect(unchanged).toBe(true);
  });

  it('answers a target without a path with a problem, not with a page of express', async () => {
    const { port } = await serveOk();
    const answer = await exchange(port, 'GET http://[/ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
    expect(answer).not.toContain('<html');
  });

  it('cuts a client that does not read its answer, after the inactivity limit', async () => {
    let cut = false;
    const { port, server } = await serve((router) => {
      router.get('/large', (request, response) => {
        request.socket.once('close', () => {
          cut = true;
        });
        sendJson(response, 200, { text: 'x'.repeat(50_000_000) });
      });
    });
    server.timeout = 300;
    const client = connect(port, '127.0.0.1').pause();
    onTestFinished(() => void client.destroy());
    client.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => cut);
  });

  it('names a port that is taken and the setting to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(serveOk({ port, internal: true })).rejects.toThrow(
      `port ${port} on 127.0.0.1 is taken: stop the process that listens there, or set INTERNAL_PORT to a free port`,
    );
  });

  it('names the host setting for an address of another machine', async () => {
    await expect(serveOk({ host: '192.0.2.1' })).rejects.toThrow(/cannot listen .* check HOST/);
  });

  it.each([
    ['bytes that are not HTTP', 400, 'hello\r\n\r\n'],
    ['an unknown method', 400, 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two lengths', 400, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'a length and chunks',
      400,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['NUL in a header', 400, 'GET /ok HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n'],
    ['a line feed in a header name', 400, 'GET /ok HTTP/1.1\r\nHost: a\r\nX\nY: b\r\n\r\n'],
    ['a negative length', 400, 'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
    [
      'a malformed chunk length',
      400,
      'POST /ok HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['HTTP of the future', 400, 'GET /ok HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['a request line over 16 KiB', 431, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['headers over 16 KiB', 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ])('answers %s with %s and closes the connection', async (_, status, bytes) => {
    const { port } = await serveOk();
    expect(await exchange(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  });

  it('closes the connection of a CONNECT', async () => {
    const { port, post } = await serveOk();
    expect(await exchange(port, 'CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
    expect((await post(OK, '{}')).status).toBe(200);
  });

  it.each([
    ['an absolute address', `GET http://other.example${OK} HTTP/1.1\r\nHost: a`, '200'],
    ['an upgrade, which it ignores', `GET ${OK} HTTP/1.1\r\nHost: a\r\nUpgrade: h2c`, '200'],
    ['a star', 'OPTIONS * HTTP/1.1\r\nHost: a', '404'],
    ['no host', `GET ${OK} HTTP/1.1\r\nX: a`, '400'],
    ['an unknown expectation', `POST ${OK} HTTP/1.1\r\nHost: a\r\nExpect: tea`, '417'],
  ])('answers %s with %s', async (_, head, status) => {
    const { port } = await serveOk();
    const answer = await exchange(port, `${head}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('sends 100 Continue only when it reads the body', async () => {
    const { port } = await serveOk();
    const head = (method: string) =>
      `${method} ${OK} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n`;
    const json = 'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}';
    expect(await exchange(port, head('POST') + json)).toMatch(
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /,
    );
    expect(await exchange(port, `${head('GET')}\r\n`)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('closes the connection after an early answer if the body never arrives', async () => {
    const { port, server } = await serveOk();
    Object.assign(server, { headersTimeout: 100, requestTimeout: 200 });
    const answer = await exchange(port, 'POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{');
    expect(answer).toMatch(/^HTTP\/1.1 415 /);
  });

  it('answers 408 when headers or a body do not arrive in time', async () => {
    const { port, server } = await serveOk();
    Object.assign(server, { headersTimeout: 100, requestTimeout: 200 });
    const [headers, body] = await Promise.all([
      exchange(port, 'GET / HTTP/1.1\r\nHost:'),
      exchange(
        port,
        `POST ${OK} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      ),
    ]);
    expect(headers).toContain('HTTP/1.1 408 Request Timeout');
    expect(body).toContain('HTTP/1.1 408 Request Timeout');
  });

  it('serves other clients while 200 send a byte at a time', async () => {
    const { url, port, post } = await serveOk();
    const sockets: Socket[] = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) {
      socket.write(
        `POST ${OK} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
      );
    }
    expect((await post(OK, '{}')).status).toBe(200);
    expect((await fetch(url + OK)).status).toBe(200);
  });

  it('closes connections above the limit', async () => {
    const { port, server } = await serveOk();
    server.maxConnections = 1;
    const first = connect(port, '127.0.0.1');
    onTestFinished(() => void first.destroy());
    await once(first, 'connect');
    const second = connect(port, '127.0.0.1').on('error', () => {});
    await once(second, 'close');
  });
});

describe('close', { timeout: 30_000 }, () => {
  it('lets a request in flight finish with Connection: close, and accepts no more', async () => {
    const { server, release, entered } = await serveSlow();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const answered = once(get(`${server.url}/slow`, { agent }), 'response');
    await entered();
    const closed = server.close(5_000);
    await expect(fetch(server.url + OK)).rejects.toThrow();
    release();
    const [response] = await answered;
    response.resume();
    expect([response.statusCode, response.headers.connection]).toEqual([200, 'close']);
    await closed;
  });

  it('closes idle connections at once', async () => {
    const { server } = await serveSlow();
    await (await fetch(server.url + OK)).text();
    const idle = connect(server.port, '127.0.0.1');
    await once(idle, 'connect');
    const start = performance.now();
    await server.close(20_000);
    expect(performance.now() - start).toBeLessThan(4_000);
    idle.destroy();
  });

  it('cuts open connections at the deadline', async () => {
    const { server, entered } = await serveSlow();
    const answer = fetch(`${server.url}/slow`);
    answer.catch(() => {});
    await entered();
    const start = performance.now();
    await server.close(100);
    expect(performance.now() - start).toBeGreaterThan(90);
    await expect(answer).rejects.toThrow();
  });

  it('does nothing on a closed server', async () => {
    const { server } = await serveSlow();
    await server.close(100);
    await server.close(100);
  });
});
