import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signBody } from './sign-body.js';
import { verifySignature } from './verify-signature.js';

const SECRET = 'a secret of more than thirty-two characters';
const WHSEC = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const NOW = Math.floor(Date.now() / 1000);
const signed = (body: string | Buffer, secret = SECRET, timestamp = NOW) => ({
  ...signBody(secret, { id: 'msg-1', timestamp, body }),
});

describe('signatures', () => {
  it('are accepted by the standardwebhooks package', () => {
    const body = '{"a":"é"}';
    expect(new Webhook(WHSEC).verify(body, signed(body, WHSEC))).toEqual({ a: 'é' });
    expect(new Webhook(SECRET, { format: 'raw' }).verify(body, signed(body))).toEqual({ a: 'é' });
  });

  it('made by the standardwebhooks package are accepted', () => {
    const body = Buffer.from('{"a":1}');
    for (const [secret, webhook] of [
      [WHSEC, new Webhook(WHSEC)],
      [SECRET, new Webhook(SECRET, { format: 'raw' })],
    ] as const) {
      const headers = {
        'webhook-id': 'msg-9',
        'webhook-timestamp': String(NOW),
        'webhook-signature': webhook.sign('msg-9', new Date(NOW * 1000), body),
      };
      expect(verifySignature([secret], headers, body, NOW)).toEqual({ ok: true });
    }
  });

  it('are accepted for any bytes, and refused when one byte differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, at) => {
        const body = Buffer.from(bytes);
        const headers = signed(body);
        expect(verifySignature([SECRET], headers, body, NOW).ok).toBe(true);
        const flipped = Buffer.from(body);
        flipped[at % body.length] = (body[at % body.length] ?? 0) ^ 1;
        expect(verifySignature([SECRET], headers, flipped, NOW).ok).toBe(false);
      }),
    );
  });

  it('of the old secret are accepted while secrets are changed', () => {
    const other = 'another secret of more than thirty-two characters';
    expect(verifySignature([other, SECRET], signed('x'), 'x', NOW).ok).toBe(true);
    expect(verifySignature([other], signed('x'), 'x', NOW)).toEqual({
      ok: false,
      reason: 'no signature matches',
    });
  });

  it('may stand among others in the header', () => {
    const headers = signed('x');
    const others = `v1,${Buffer.alloc(32).toString('base64')} v1a,zzz v1, nonsense`;
    const several = { ...headers, 'webhook-signature': `${others} ${headers['webhook-signature']}` };
    expect(verifySignature([SECRET], several, 'x', NOW).ok).toBe(true);
  });

  it('hold for five minutes either way', () => {
    for (const [offset, ok] of [
      [300, true],
      [-300, true],
      [301, false],
      [-301, false],
    ] as const) {
      expect(verifySignature([SECRET], signed('x'), 'x', NOW + offset).ok).toBe(ok);
    }
  });

  it.each([
    ['no id', { 'webhook-id': undefined }],
    ['no signature', { 'webhook-signature': undefined }],
    ['a repeated timestamp', { 'webhook-timestamp': `${NOW}, ${NOW}` }],
    ['a negative timestamp', { 'webhook-timestamp': '-1' }],
    ['a timestamp in scientific notation', { 'webhook-timestamp': '1e9' }],
    ['an id with a full stop', { 'webhook-id': 'msg-1.2' }],
    ['another id', { 'webhook-id': 'msg-2' }],
    ['another version', { 'webhook-signature': signed('x')['webhook-signature'].replace('v1', 'v2') }],
    ['a cut signature', { 'webhook-signature': signed('x')['webhook-signature'].slice(0, 20) }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
  ])('are refused with %s', (_, change) => {
    const result = verifySignature([SECRET], { ...signed('x'), ...change }, 'x', NOW);
    expect(result.ok).toBe(false);
  });
});
