import type { RequestHandler } from 'express';
import { parseJsonBody } from '../http/json-body.js';
import type { Problem } from '../problem/problem.js';
import { unauthorized } from '../problem/problems.js';
import { signingKey } from './signing-key.js';
import { type Refusal, readSignature, signatureMatches } from './verify-signature.js';

export interface SignatureGuardOptions {
  readonly nowSeconds?: () => number;
  /** Told of every refusal, by anyone who can reach the port: do not write a line for each. */
  readonly onRefused?: (reason: string) => void;
}

const NO_BODY = Buffer.alloc(0);

/**
 * Lets a request pass whose body one of the secrets signed within the last 5 minutes; 401 otherwise.
 *
 * In this order: its signature's headers and their time, then the body as it was sent, then the
 * signature over those bytes, then what they stand for. Only what a peer signed is parsed.
 *
 * @throws TypeError for secrets that anyone could sign with
 */
export function requireSignature(
  secrets: readonly string[],
  { nowSeconds = () => Math.floor(Date.now() / 1000), onRefused = () => {} }: SignatureGuardOptions = {},
): RequestHandler {
  if (secrets.length === 0 || secrets.some((secret) => signingKey(secret).length === 0)) {
    throw new TypeError('a signature needs a secret that is not empty');
  }

  function refuse({ reason }: Refusal): Problem {
    onRefused(reason);
    return unauthorized(`The signature was refused: ${reason}.`, 'Signature realm="standard-webhooks"');
  }

  return (request, response, next) => {
    const signature = readSignature(request.headers, nowSeconds());
    if (!signature.ok) throw refuse(signature);
    if (!request.bodyReader) throw new TypeError('the app has parsed the body before its signature');
    request.bodyReader.bytes(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const body: unknown = request.body;
      const bytes = Buffer.isBuffer(body) ? body : NO_BODY;
      const verification = signatureMatches(secrets, signature, bytes);
      if (!verification.ok) return next(refuse(verification));
      try {
        request.body = bytes.length === 0 ? undefined : parseJsonBody(bytes);
      } catch (problem) {
        return next(problem);
      }
      next();
    });
  };
}
