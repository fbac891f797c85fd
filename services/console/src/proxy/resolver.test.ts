import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createResolver } from './resolver.js';
import { createUpstreamClient } from './upstream.js';

const server = createServer((_request, response) => response.end('here'));
afterEach(() => void server.close());

it('looks a name up once at a time, so a name without an answer does not delay others', async () => {
  const lookups: string[] = [];
  const resolver = createResolver((hostname) => {
    lookups.push(hostname);
    if (hostname === 'stopped') return new Promise(() => {});
    return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  });
  const client = createUpstreamClient(resolver);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send = (hostname: string) =>
    client.send({ url: `http://${hostname}:${port}` }, { path: '/', timeoutMs: 200 });

  const stuck = Array.from({ length: 10 }, () => expect(send('stopped')).rejects.toThrow('no answer'));
  void client.findAddresses('stopped');
  expect((await send('running')).body.toString()).toBe('here');
  await Promise.all(stuck);
  expect(lookups.filter((hostname) => hostname === 'stopped')).toHaveLength(1);
  await client.close();
});

it('looks a name up again after the answer or the error', async () => {
  const answers = [Promise.reject(new Error('EAI_AGAIN')), Promise.resolve([{ address: '::1', family: 6 }])];
  const { resolve } = createResolver(() => answers.shift() ?? Promise.resolve([]));
  await expect(resolve('a')).rejects.toThrow('EAI_AGAIN');
  expect(await resolve('a')).toEqual([{ address: '::1', family: 6 }]);
  expect(await resolve('a')).toEqual([]);
});
