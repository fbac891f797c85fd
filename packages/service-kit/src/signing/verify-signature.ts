import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from './sign-body.js';
import { signingKey } from './signing-key.js';

export interface Refusal {
  readonly ok: false;
  readonly reason: string;
}

export type Verification = { readonly ok: true } | Refusal;

/** What a request's headers say of its signature; whether it is genuine only the body can tell. */
export interface GivenSignature {
  readonly ok: true;
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/** The headers of a request, as node:http has them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const TOLERANCE_SECONDS = 300;
// 32 bytes in base64, in the one way of writing them.
const SIGNATURE = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;
// Several are for the rotation of secrets; the bound keeps a hostile header from costing many HMACs.
const MOST_SIGNATURES = 8;

/** What can be judged without the body: that the headers are well-formed and their time is near. */
export function readSignature(
  headers: RequestHeaders,
  nowSeconds: number,
  toleranceSeconds = TOLERANCE_SECONDS,
): GivenSignature | Refusal {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const header = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof header !== 'string') {
    return refused('webhook-id, webhook-timestamp or webhook-signature is missing');
  }
  // A full stop would let a part of the id pass for the timestamp: the signed text is id.timestamp.body.
  if (!/^[^.\s]{1,255}$/.test(id)) return refused('webhook-id is malformed');
  if (!/^\d{1,12}$/.test(timestamp)) return refused('webhook-timestamp is malformed');
  const age = nowSeconds - Number(timestamp);
  if (Math.abs(age) > toleranceSeconds) {
    const where = age > 0 ? 'behind' : 'ahead of';
    const rest = `at most ${toleranceSeconds} s are tolerated; are both clocks right?`;
    return refused(`webhook-timestamp is ${Math.abs(age)} s ${where} the clock here, ${rest}`);
  }
  const signatures = signaturesOf(header);
  return signatures.length === 0
    ? refused('webhook-signature has no signature of version v1')
    : { ok: true, id, timestamp, signatures };
}

/** Whether one of the secrets made one of the signatures. Takes the same time wherever one differs. */
export function signatureMatches(
  secrets: readonly string[],
  { id, timestamp, signatures }: GivenSignature,
  rawBody: Buffer | string,
): Verification {
  const matches = secrets.some((secret) => {
    const expected = signatureOf(signingKey(secret), id, timestamp, rawBody);
    return signatures.some((signature) => timingSafeEqual(signature, expected));
  });
  return matches ? { ok: true } : refused('no signature matches');
}

/**
 * Checks a Standard Webhooks signature: ok if one of the secrets made one of the v1 signatures, and the
 * timestamp is within the tolerance of now, either way.
 *
 * It does not remember ids: within the tolerance the same request is ok again, so its effect must be
 * idempotent.
 */
export function verifySignature(
  secrets: readonly string[],
  headers: RequestHeaders,
  rawBody: Buffer | string,
  nowSeconds: number,
  toleranceSeconds?: number,
): Verification {
  const given = readSignature(headers, nowSeconds, toleranceSeconds);
  return given.ok ? signatureMatches(secrets, given, rawBody) : given;
}

/** The v1 signatures of a header such as `v1,abc= v1,def= v1a,ghi=`. */
function signaturesOf(header: string): Buffer[] {
  return header
    .split(' ')
    .flatMap((part) => SIGNATURE.exec(part)?.[1] ?? [])
    .slice(0, MOST_SIGNATURES)
    .map((text) => Buffer.from(text, 'base64'));
}

function refused(reason: string): Refusal {
  return { ok: false, reason };
}
