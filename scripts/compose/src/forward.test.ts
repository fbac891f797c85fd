import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { connect } from 'node:net';
import { freePorts, poll } from '@lmt/stack';
import { afterEach, describe, expect, it } from 'vitest';
import { forward } from './forward.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server, port: number = 0): Promise<number> {
  servers.push(server);
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
}

describe('the gateway', () => {
  it('forwards requests and answers unchanged', async () => {
    const body = 'x'.repeat(300_000);
    const service = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      response.setHeader('x-path', request.url ?? '').end(Buffer.concat(chunks));
    });
    const port = await listening(forward({ host: '127.0.0.1', port: await listening(service) }));
    const answer = await fetch(`http://127.0.0.1:${port}/orders?limit=1`, { method: 'POST', body });
    expect([answer.status, answer.headers.get('x-path')]).toEqual([200, '/orders?limit=1']);
    expect(await answer.text()).toBe(body);
  });

  it('answers 503 while the service is down and connects once it is up', async () => {
    const [target = 0] = await freePorts(1);
    const port = await listening(forward({ host: '127.0.0.1', port: target }));
    const ask = () => fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    const answer = await ask();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect((await answer.json()).status).toBe(503);
    await listening(
      createServer((_, response) => response.end('here')),
      target,
    );
    expect(await (await ask()).text()).toBe('here');
  });

  it('closes the connection of a rejected request, even if its body is unread', async () => {
    const [target = 0] = await freePorts(1);
    const gateway = forward({ host: '127.0.0.1', port: target });
    const port = await listening(gateway);
    const body = 'x'.repeat(10_000);
    const received = await new Promise((resolve) => {
      let text = '';
      const client = connect(port, '127.0.0.1', () =>
        client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
      );
      client.on('data', (chunk) => {
        text += chunk;
      });
      client.on('error', () => {});
      client.on('close', () => resolve(text));
    });
    expect(received).toMatch(/^HTTP\/1\.1 503 /);
    const connections = () => new Promise((resolve) => gateway.getConnections((_, count) => resolve(count)));
    await poll('the gateway has closed the connection', async () => (await connections()) === 0, {
      seconds: 5,
    });
  });

  it('resets the connection when the service dies, and sends no answer of its own', async () => {
    const service = createServer((request) => request.socket.resetAndDestroy());
    const port = await listening(forward({ host: '127.0.0.1', port: await listening(service) }));
    const received = await new Promise((resolve) => {
      let text = '';
      const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
      client.on('data', (chunk) => {
        text += chunk;
      });
      client.on('error', () => {});
      client.on('close', () => resolve(text));
    });
    expect(received).toBe('');
  });
});
