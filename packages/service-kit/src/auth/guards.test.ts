import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sendJson } from '../http/json.js';
import { exchange, serve } from '../http/loopback.fixture.js';
import { recordLog } from '../logging/recorded-log.fixture.js';
import { type Operator, requireBearer, SHARED_TOKEN_NAME } from './require-bearer.js';
import { requireSignature } from './require-signature.js';
import { signBody } from './signature.js';

const SECRET = 'a secret of more than thirty-two characters';
const NOW = 1_800_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1_000 }));
afterEach(() => void vi.useRealTimers());

const sign = (body: string, timestamp = NOW, secret = SECRET) => ({
  ...signBody(secret, { id: 'msg-1', timestamp, body }),
});

/** The head of a request whose body never arrives. */
const formatHead = (path: string, headers: Record<string, string>) =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: a',
    'Connection: close',
    'Content-Type: application/json',
    'Content-Length: 900',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');

async function serveSigned() {
  const { lines: log, logger } = recordLog();
  const server = await serve(
    (router) => {
      router.post('/results', requireSignature([SECRET], { logger }), (request, response) =>
        sendJson(response, 200, request.body ?? null),
      );
    },
    { deferBodies: true },
  );
  return { ...server, log };
}

describe('requireSignature', () => {
  it('admits a signed body, byte for byte', async () => {
    const { post } = await serveSigned();
    const body = '{ "a" : "é" }';
    const answer = await post('/results', body, sign(body));
    expect([answer.status, await answer.json()]).toEqual([200, { a: 'é' }]);
  });

  it.each([
    ['no signature', {}, 'webhook-id, webhook-timestamp or webhook-signature is missing'],
    ['a signature of another secret', sign('{}', NOW, `${SECRET}!`), 'no signature matches'],
    ['a signature of another body', sign('{ }'), 'no signature matches'],
    [
      'an old signature',
      sign('{}', NOW - 301),
      "webhook-timestamp is 301 s behind this server's clock, at most 300 s are tolerated; check both clocks",
    ],
  ])('rejects %s with 401 and its reason', async (_, headers, reason) => {
    const { post, log } = await serveSigned();
    const answer = await post('/results', '{}', headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toContain('Signature');
    expect(await answer.json()).toMatchObject({ detail: `Invalid signature: ${reason}.` });
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', reason, requests: 1 }));
  });

  it('logs one line for many rejected requests', async () => {
    const { post, log } = await serveSigned();
    for (let request = 0; request < 20; request += 1) await post('/results', '{}', {});
    expect(log.filter(({ msg }) => msg === 'signed request rejected')).toHaveLength(1);
  });

  it.each([
    ['no signature', {}],
    ['an old signature', sign('{}', NOW - 301)],
    ['a signature from the future', sign('{}', NOW + 301)],
    ['a malformed signature', { ...sign('{}'), 'webhook-signature': 'v1,junk' }],
  ])('rejects a request with %s before its body arrives', async (_, headers) => {
    const { port } = await serveSigned();
    const answer = await exchange(port, formatHead('/results', headers));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it('checks the signature before it parses the body', async () => {
    const { post } = await serveSigned();
    expect((await post('/results', '{"half":', sign('{}'))).status).toBe(401);
    expect((await post('/results', '{"half":', sign('{"half":'))).status).toBe(400);
    expect((await post('/results', '"text"', sign('"text"'))).status).toBe(400);
    expect((await post('/results', 'x'.repeat(1_001), sign('x'))).status).toBe(413);
    expect((await post('/results', 'a=b', { ...sign('a=b'), 'content-type': 'text/plain' })).status).toBe(
      415,
    );
    const gzip = { ...sign('{}'), 'content-encoding': 'gzip' };
    expect((await post('/results', '{}', gzip)).status).toBe(415);
  });

  it.each([[[]], [['']], [['whsec_']], [[SECRET, '']]])('throws for the secrets %j', (secrets) => {
    expect(() => requireSignature(secrets, recordLog())).toThrow(TypeError);
  });
});

describe('requireBearer', () => {
  const serveToken = () =>
    serve(
      (router) => {
        router.post('/adjust', requireBearer([{ name: 'ada', token: 'token' }]), (request, response) =>
          sendJson(response, 200, request.body),
        );
        router.post('/open', (request, response) => sendJson(response, 200, request.body ?? 'no body'));
      },
      { deferBodies: true },
    );

  it('rejects a request without the token before its body arrives, and reads the body of one with the token', async () => {
    const { port, post } = await serveToken();
    const wrong = { authorization: 'Bearer tokem' };
    const [missing, other] = [/^HTTP\/1.1 401 .*needs the header/s, /^HTTP\/1.1 401 .*The token is not in/s];
    expect(await exchange(port, formatHead('/adjust', {}))).toMatch(missing);
    expect(await exchange(port, formatHead('/adjust', wrong))).toMatch(other);
    const answer = await post('/adjust', '{"a":1}', { authorization: 'Bearer token' });
    expect(await answer.json()).toEqual({ a: 1 });
    expect((await post('/adjust', '{"a":', { authorization: 'Bearer token' })).status).toBe(400);
  });

  it.each([0, 2_100])('rejects an Authorization header repeated after %i others', async (count) => {
    const { port } = await serveToken();
    const twice = `Authorization: Bearer token\r\n${'a:b\r\n'.repeat(count)}Authorization: Bearer other\r\n`;
    const head = `POST /adjust HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${twice}\r\n`;
    expect(await exchange(port, head)).toMatch(/^HTTP\/1.1 401 /);
  });

  describe('names the operator', () => {
    const serveNames = (...operators: Operator[]) =>
      serve((router) => {
        router.post('/who', requireBearer(operators), (request, response) =>
          sendJson(response, 200, request.operator),
        );
      });
    const names = [
      { name: 'ada', token: 'old' },
      { name: 'ada', token: 'new' },
      { name: 'bob', token: 'bobs' },
    ];
    const bearer = (token: string, name?: string) => ({
      authorization: `Bearer ${token}`,
      ...(name === undefined ? {} : { 'x-operator': name }),
    });

    it('by the token, if an operator has several tokens too', async () => {
      const { post } = await serveNames(...names);
      const name = async (token: string) => (await post('/who', '{}', bearer(token))).json();
      expect([await name('old'), await name('new'), await name('bobs')]).toEqual(['ada', 'ada', 'bob']);
      expect((await post('/who', '{}', bearer('other'))).status).toBe(401);
    });

    it('and rejects another name in X-Operator', async () => {
      const { post } = await serveNames(...names);
      const answer = await post('/who', '{}', bearer('bobs', 'ada'));
      expect([answer.status, (await answer.json()).errors]).toEqual([
        400,
        [{ path: 'x-operator', message: 'the token belongs to bob: leave the header out' }],
      ]);
      expect(await (await post('/who', '{}', bearer('bobs', 'bob'))).json()).toBe('bob');
    });

    it('by X-Operator if the token is shared', async () => {
      const { post } = await serveNames({ name: SHARED_TOKEN_NAME, token: 'shared' });
      expect(await (await post('/who', '{}', bearer('shared', 'eve'))).json()).toBe('eve');
      expect(await (await post('/who', '{}', bearer('shared'))).json()).toBe('operator');
    });

    it.each([[], ['']])('accepts no request without a token, for the tokens [%j]', async (...tokens) => {
      const operators = tokens.map((token) => ({ name: 'ada', token }));
      if (operators.length === 0) {
        expect(() => requireBearer(operators)).toThrow(TypeError);
        return;
      }
      const { post } = await serveNames(...operators);
      expect((await post('/who', '{}')).status).toBe(401);
      expect((await post('/who', '{}', bearer(''))).status).toBe(401);
    });
  });

  it('leaves the body unread on a route without a guard', async () => {
    const { post } = await serveToken();
    expect(await (await post('/open', '{"half":')).json()).toBe('no body');
  });
});
