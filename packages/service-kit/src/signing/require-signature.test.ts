import { describe, expect, it } from 'vitest';
import { serve } from '../http/loopback.test-support.js';
import { sendJson } from '../http/send-json.js';
import { requireSignature } from './require-signature.js';
import { signBody } from './sign-body.js';

const SECRET = 'a secret of more than thirty-two characters';
const NOW = 1_800_000_000;
const sign = (body: string, timestamp = NOW, secret = SECRET) => ({
  ...signBody(secret, { id: 'msg-1', timestamp, body }),
});

const serveSigned = () =>
  serve((router) => {
    router.post(
      '/results',
      requireSignature([SECRET], () => NOW),
      (request, response) => sendJson(response, 200, request.body),
    );
  });

describe('requireSignature', () => {
  it('lets a signed body pass, byte for byte', async () => {
    const { post } = await serveSigned();
    const body = '{ "a" : "é" }';
    const answer = await post('/results', body, sign(body));
    expect([answer.status, await answer.json()]).toEqual([200, { a: 'é' }]);
  });

  it('refuses no, a wrong, an old or another body’s signature with 401', async () => {
    const { post } = await serveSigned();
    for (const headers of [{}, sign('{}', NOW, `${SECRET}!`), sign('{}', NOW - 301), sign('{ }')]) {
      const answer = await post('/results', '{}', headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('www-authenticate')).toContain('Signature');
    }
  });
});
