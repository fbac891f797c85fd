import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { readSignature, signatureMatches, signBody } from './signature.js';

const SECRET = 'a secret of more than thirty-two characters';
const WHSEC = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const NOW = Math.floor(Date.now() / 1000);
const signed = (body: string | Buffer, secret = SECRET, timestamp = NOW) => ({
  ...signBody(secret, { id: 'msg-1', timestamp, body }),
});

function verify(
  secret: string | readonly string[],
  headers: object,
  body: string | Buffer,
  nowSeconds = NOW,
) {
  const signature = readSignature({ ...headers }, nowSeconds);
  return signature.ok && signatureMatches([secret].flat(), signature, body);
}

/** Changes the last byte of the signature. */
const otherEnd = (signature: string) => {
  const bytes = Buffer.from(signature.slice(3), 'base64');
  bytes[31] = (bytes[31] ?? 0) ^ 1;
  return `v1,${bytes.toString('base64')}`;
};
const ninth = (signature: string) => `${`v1,${Buffer.alloc(32).toString('base64')} `.repeat(8)}${signature}`;

describe('a signature', () => {
  it('is accepted by the standardwebhooks package', () => {
    const body = '{"a":"é"}';
    expect(new Webhook(WHSEC).verify(body, signed(body, WHSEC))).toEqual({ a: 'é' });
    expect(new Webhook(SECRET, { format: 'raw' }).verify(body, signed(body))).toEqual({ a: 'é' });
  });

  it('made by the standardwebhooks package is accepted', () => {
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
      expect(verify(secret, headers, body)).toBe(true);
    }
  });

  it('is valid for any bytes, and invalid when one byte differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, at) => {
        const body = Buffer.from(bytes);
        const headers = signed(body);
        expect(verify(SECRET, headers, body)).toBe(true);
        const flipped = Buffer.from(body);
        flipped[at % body.length] = (body[at % body.length] ?? 0) ^ 1;
        expect(verify(SECRET, headers, flipped)).toBe(false);
      }),
    );
  });

  it('is invalid when any character of the signature, the id or the time differs', () => {
    const headers = signed('x');
    for (const name of ['webhook-signature', 'webhook-id', 'webhook-timestamp'] as const) {
      const value = headers[name];
      for (let at = 0; at < value.length; at += 1) {
        const other = String.fromCharCode(value.charCodeAt(at) ^ 1);
        const changed = { ...headers, [name]: value.slice(0, at) + other + value.slice(at + 1) };
        expect(verify(SECRET, changed, 'x'), `${name} ${at}`).toBe(false);
      }
    }
  });

  it('of the old secret is valid during a rotation', () => {
    const other = 'another secret of more than thirty-two characters';
    expect(verify([other, SECRET], signed('x'), 'x')).toBe(true);
    expect(verify(other, signed('x'), 'x')).toBe(false);
  });

  it('may be one of several in the header', () => {
    const headers = signed('x');
    const others = `v1,${Buffer.alloc(32).toString('base64')} v1a,zzz v1, nonsense`;
    const several = { ...headers, 'webhook-signature': `${others} ${headers['webhook-signature']}` };
    expect(verify(SECRET, several, 'x')).toBe(true);
  });

  it('is valid for five minutes before and after its time', () => {
    for (const [offset, ok] of [
      [300, true],
      [-300, true],
      [301, false],
      [-301, false],
    ] as const) {
      expect(verify(SECRET, signed('x'), 'x', NOW + offset)).toBe(ok);
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
    ['a truncated signature', { 'webhook-signature': signed('x')['webhook-signature'].slice(0, 20) }],
    ['an upper-case version', { 'webhook-signature': signed('x')['webhook-signature'].replace('v1', 'V1') }],
    ['no version', { 'webhook-signature': signed('x')['webhook-signature'].slice(3) }],
    ['junk within the base64', { 'webhook-signature': signed('x')['webhook-signature'].replace(',', ',!') }],
    ['base64 for URLs', { 'webhook-signature': `v1,${'-_'.repeat(21)}A=` }],
    ['another last byte', { 'webhook-signature': otherEnd(signed('x')['webhook-signature']) }],
    ['the signature in ninth place', { 'webhook-signature': ninth(signed('x')['webhook-signature']) }],
    ['an id over 255 characters', { 'webhook-id': 'x'.repeat(256) }],
    ['an empty timestamp', { 'webhook-timestamp': '' }],
    ['a list of ids', { 'webhook-id': ['msg-1', 'msg-1'] }],
    ['an empty signature', { 'webhook-signature': 'v1,' }],
  ])('is invalid with %s', (_, change) => {
    expect(verify(SECRET, { ...signed('x'), ...change }, 'x')).toBe(false);
  });
});
