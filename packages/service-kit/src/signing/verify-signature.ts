import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from './sign-body.js';
import { signingKey } from './signing-key.js';

export type Verification = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The headers of a request, as node:http has them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const SIGNATURE_BYTES = 32;
// Several are for the rotation of secrets; the bound keeps a hostile header from costing many HMACs.
const MOST_SIGNATURES = 8;

/**
 * Checks a Standard Webhooks signature: ok if one of the secrets made one of the v1 signatures, and the
 * timestamp is within the tolerance of now, either way. Takes the same time wherever a signature differs.
 *
 * It does not remember ids: within the tolerance the same request is ok again, so its effect must be
 * idempotent.
 */
export function verifySignature(
  secrets: readonly string[],
  headers: RequestHeaders,
  rawBody: Buffer | string,
  nowSeconds: number,
  toleranceSeconds = 300,
): Verification {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return refused('webhook-id, webhook-timestamp or webhook-signature is missing');
  }
  // A full stop would let a part of the id pass for the timestamp: the signed text is id.timestamp.body.
  if (!/^[^.\s]{1,255}$/.test(id)) return refused('webhook-id is malformed');
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is malformed');
  if (Math.abs(nowSeconds - Number(timestamp)) > toleranceSeconds) {
    return refused('webhook-timestamp is too far from the present');
  }
  const given = signaturesOf(signatures);
  const matches = secrets.some((secret) => {
    const expected = signatureOf(signingKey(secret), id, timestamp, rawBody);
    return given.some((signature) => timingSafeEqual(signature, expected));
  });
  return matches ? { ok: true } : refused('no signature matches');
}

/** The v1 signatures of a header such as `v1,abc= v1,def= v1a,ghi=`. */
function signaturesOf(header: string): Buffer[] {
  return header
    .split(' ')
    .filter((part) => part.startsWith('v1,'))
    .slice(0, MOST_SIGNATURES)
    .map((part) => Buffer.from(part.slice('v1,'.length), 'base64'))
    .filter((signature) => signature.length === SIGNATURE_BYTES);
}

function refused(reason: string): Verification {
  return { ok: false, reason };
}
