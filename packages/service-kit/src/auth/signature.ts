import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// Implements the symmetric v1 signatures of Standard Webhooks (standardwebhooks.com).

const TOLERANCE_SECONDS = 300;
// 32 bytes in canonical base64.
const SIGNATURE = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;
// A sender signs with several secrets during a rotation. The limit bounds a hostile header.
const MAX_SIGNATURES = 8;
const KEY_PREFIX = 'whsec_';

/** Returns the decoded base64 after `whsec_`, or the UTF-8 bytes of any other secret. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(KEY_PREFIX)
    ? Buffer.from(secret.slice(KEY_PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
}

interface SignedContent {
  /** Identifies the message and is the same on every retry. Contains no full stop. */
  readonly id: string;
  /** Unix time of this attempt, in seconds. */
  readonly timestamp: number;
  readonly body: Buffer | string;
}

/** Returns the signature headers for the body. */
export function signBody(secret: string, { id, timestamp, body }: SignedContent) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${sign(secret, id, String(timestamp), body).toString('base64')}`,
  };
}

/** Checks that the headers are well-formed and the timestamp is within tolerance. */
export function readSignature(headers: IncomingHttpHeaders, nowSeconds: number) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': header } = headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof header !== 'string') {
    return invalid('webhook-id, webhook-timestamp or webhook-signature is missing');
  }
  // The signed text is id.timestamp.body, so an id with a full stop could imitate a timestamp.
  if (!/^[^.\s]{1,255}$/.test(id)) return invalid('webhook-id is malformed');
  if (!/^\d{1,12}$/.test(timestamp)) return invalid('webhook-timestamp is malformed');
  const age = nowSeconds - Number(timestamp);
  if (Math.abs(age) > TOLERANCE_SECONDS) {
    const direction = age > 0 ? 'behind' : 'ahead of';
    return invalid(
      `webhook-timestamp is ${Math.abs(age)} s ${direction} this server's clock, at most ${TOLERANCE_SECONDS} s are tolerated; check both clocks`,
    );
  }
  const signatures = header
    .split(' ')
    .flatMap((part) => SIGNATURE.exec(part)?.[1] ?? [])
    .slice(0, MAX_SIGNATURES)
    .map((text) => Buffer.from(text, 'base64'));
  if (signatures.length === 0) return invalid('webhook-signature has no signature of version v1');
  return { ok: true, id, timestamp, signatures } as const;
}

/**
 * Returns whether one of the signatures was made for this body with one of the secrets. Each
 * comparison takes constant time. A request can be replayed until its timestamp is out of
 * tolerance, so its effect must be idempotent.
 */
export function signatureMatches(
  secrets: readonly string[],
  { id, timestamp, signatures }: SignatureHeaders,
  rawBody: Buffer | string,
): boolean {
  return secrets.some((secret) => {
    const expected = sign(secret, id, timestamp, rawBody);
    return signatures.some((signature) => timingSafeEqual(signature, expected));
  });
}

function sign(secret: string, id: string, timestamp: string, body: Buffer | string): Buffer {
  return createHmac('sha256', signingKey(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}

type SignatureHeaders = Extract<ReturnType<typeof readSignature>, { readonly ok: true }>;

const invalid = (reason: string) => ({ ok: false, reason }) as const;
