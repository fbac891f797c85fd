import { Agent } from 'undici';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { answerJson, serveUpstream } from '../console.fixture.js';
import { createUpstreamClient } from './upstream.js';

afterEach(() => void vi.restoreAllMocks());

function open() {
  const client = createUpstreamClient();
  onTestFinished(() => client.close());
  return client;
}

const failure = (fields: object) => Object.assign(new Error('failed'), fields);

describe('createUpstreamClient', () => {
  it('opens at most 32 connections to a service, further requests wait', async () => {
    const answers: (() => void)[] = [];
    let isOpen = false;
    const upstream = await serveUpstream((request, response) => {
      const answer = () => answerJson(200, {})(request, response);
      if (isOpen) answer();
      else answers.push(answer);
    });
    const client = open();
    const sent = Array.from({ length: 100 }, (_, n) =>
      client.send(upstream, { path: `/${n}`, timeoutMs: 60_000 }),
    );
    // Arrives after those that have a connection.
    const probe = fetch(`${upstream.url}/probe`);
    await vi.waitFor(() => expect(upstream.requests.map(({ url }) => url)).toContain('/probe'), 10_000);
    expect(upstream.requests).toHaveLength(33);
    isOpen = true;
    for (const answer of answers) answer();
    await probe;
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(100).fill(200));
  });

  it.each([
    ['a refused connection', failure({ code: 'ECONNREFUSED', syscall: 'connect' }), true],
    ['an unknown host name', failure({ code: 'ENOTFOUND', syscall: 'getaddrinfo' }), true],
    ['a host that does not answer', failure({ code: 'UND_ERR_CONNECT_TIMEOUT' }), true],
    [
      'several refused addresses',
      failure({ code: 'ECONNREFUSED', errors: [failure({ code: 'ECONNREFUSED', syscall: 'connect' })] }),
      true,
    ],
    ['an open connection that timed out', failure({ code: 'ETIMEDOUT', syscall: 'read' }), false],
    ['an open connection without a route', failure({ code: 'EHOSTUNREACH', syscall: 'write' }), false],
    ['a connection that was reset', failure({ code: 'ECONNRESET', syscall: 'read' }), false],
    ['no HTTP', failure({ code: 'HPE_INVALID_CONSTANT' }), false],
  ])('reports whether the request was sent before %s', async (_, error, unsent) => {
    vi.spyOn(Agent.prototype, 'request').mockRejectedValue(error);
    const sent = open().send({ url: 'http://127.0.0.1:1' }, { path: '/', timeoutMs: 1_000 });
    await expect(sent).rejects.toMatchObject({ name: 'UpstreamError', unsent });
  });
});
