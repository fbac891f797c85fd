import { describe, expect, it } from 'vitest';
import { exchange, serve } from '../http/loopback.test-support.js';
import { sendJson } from '../http/send-json.js';
import { logRefusals } from './refusal-log.js';
import { requireBearer } from './require-bearer.js';
import { requireSignature } from './require-signature.js';
import { signBody } from './sign-body.js';

const SECRET = 'a secret of more than thirty-two characters';
const NOW = 1_800_000_000;
const sign = (body: string, timestamp = NOW, secret = SECRET) => ({
  ...signBody(secret, { id: 'msg-1', timestamp, body }),
});

/** A request of which only the head comes: it announces a body that never does. */
const headOf = (path: string, headers: Record<string, string>) =>
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
  const refused: string[] = [];
  const server = await serve(
    (router) => {
      const onRefused = (reason: string) => refused.push(reason);
      router.post(
        '/results',
        requireSignature([SECRET], { nowSeconds: () => NOW, onRefused }),
        (request, response) => sendJson(response, 200, request.body ?? null),
      );
    },
    { bodies: 'when-let-in' },
  );
  return { ...server, refused };
}

describe('requireSignature', () => {
  it('lets a signed body pass, byte for byte', async () => {
    const { post } = await serveSigned();
    const body = '{ "a" : "é" }';
    const answer = await post('/results', body, sign(body));
    expect([answer.status, await answer.json()]).toEqual([200, { a: 'é' }]);
  });

  it('refuses no, a wrong, an old or another body’s signature with 401, and tells why', async () => {
    const { post, refused } = await serveSigned();
    for (const headers of [{}, sign('{}', NOW, `${SECRET}!`), sign('{}', NOW - 301), sign('{ }')]) {
      const answer = await post('/results', '{}', headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('www-authenticate')).toContain('Signature');
    }
    expect(refused).toEqual([
      'webhook-id, webhook-timestamp or webhook-signature is missing',
      'no signature matches',
      'webhook-timestamp is 301 s behind the clock here, at most 300 s are tolerated; are both clocks right?',
      'no signature matches',
    ]);
  });

  it.each([
    ['no signature', {}],
    ['an old one', sign('{}', NOW - 301)],
    ['one from the future', sign('{}', NOW + 301)],
    ['junk for one', { ...sign('{}'), 'webhook-signature': 'v1,junk' }],
  ])('answers a request with %s before its body has come', async (_, headers) => {
    const { port } = await serveSigned();
    const answer = await exchange(port, headOf('/results', headers));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it('parses nothing that is not signed, and judges the signature before the JSON', async () => {
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

  it.each([[[]], [['']], [['whsec_']], [[SECRET, '']]])(
    'refuses to be made with the secrets %j',
    (secrets) => {
      expect(() => requireSignature(secrets)).toThrow(TypeError);
    },
  );
});

describe('requireBearer', () => {
  const serveToken = () =>
    serve(
      (router) => {
        router.post('/adjust', requireBearer('token'), (request, response) =>
          sendJson(response, 200, request.body),
        );
        router.post('/open', (request, response) => sendJson(response, 200, request.body ?? 'no body'));
      },
      { bodies: 'when-let-in' },
    );

  it('answers who has no token before the body has come, and reads that of who has', async () => {
    const { port, post } = await serveToken();
    for (const headers of [{}, { authorization: 'Bearer tokem' }]) {
      expect(await exchange(port, headOf('/adjust', headers))).toMatch(/^HTTP\/1.1 401 /);
    }
    const answer = await post('/adjust', '{"a":1}', { authorization: 'Bearer token' });
    expect(await answer.json()).toEqual({ a: 1 });
    expect((await post('/adjust', '{"a":', { authorization: 'Bearer token' })).status).toBe(400);
  });

  it('is not let in by the first of two Authorization headers', async () => {
    const { port } = await serveToken();
    const twice = 'Authorization: Bearer token\r\nAuthorization: Bearer other\r\n';
    const head = `POST /adjust HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${twice}\r\n`;
    expect(await exchange(port, head)).toMatch(/^HTTP\/1.1 401 /);
  });

  it('leaves a body unread where nothing guards the route', async () => {
    const { post } = await serveToken();
    expect(await (await post('/open', '{"half":')).json()).toBe('no body');
  });
});

describe('logRefusals', () => {
  it('writes one line in 10 s, which counts the others', () => {
    const lines: unknown[] = [];
    let now = 0;
    const refused = logRefusals({ warn: (fields: object) => lines.push(fields) } as never, () => now);
    for (let request = 0; request < 100; request += 1) refused('no signature matches');
    now = 10_000;
    refused('no signature matches');
    expect(lines).toEqual([
      { reason: 'no signature matches', requests: 1 },
      { reason: 'no signature matches', requests: 100 },
    ]);
  });
});
