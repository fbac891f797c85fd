import { throttleLog } from '@lmt/resilience';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { parseJson } from '../http/json.js';
import { type Problem, unauthorized } from '../problem/problem.js';
import { readSignature, signatureMatches, signingKey } from './signature.js';

export interface SignatureGuardOptions {
  /** Logs rejected requests, throttled, because anyone who reaches the port can cause them. */
  readonly logger: Logger;
  readonly nowSeconds?: () => number;
}

const NO_BODY = Buffer.alloc(0);

/**
 * Admits a request whose body one of the secrets signed within the last 5 minutes, and rejects any other
 * with 401. The headers and their time are checked before the body is read, and the signature before the
 * body is parsed.
 *
 * @throws TypeError for secrets that anyone could sign with
 */
export function requireSignature(
  secrets: readonly string[],
  { logger, nowSeconds = () => Math.floor(Date.now() / 1_000) }: SignatureGuardOptions,
): RequestHandler {
  if (secrets.length === 0 || secrets.some((secret) => signingKey(secret).length === 0)) {
    throw new TypeError('a signature needs a secret that is not empty');
  }
  const logRejected = throttleLog<string>((reason, requests) =>
    logger.warn({ reason, requests }, 'signed request rejected'),
  );

  function reject(reason: string): Problem {
    logRejected(reason);
    return unauthorized(`Invalid signature: ${reason}.`, 'Signature realm="standard-webhooks"');
  }

  return (request, response, next) => {
    const signature = readSignature(request.headers, nowSeconds());
    if (!signature.ok) throw reject(signature.reason);
    if (!request.bodyReader) throw new TypeError('requireSignature needs an app that defers its bodies');
    request.bodyReader.bytes(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const bytes = Buffer.isBuffer(request.body) ? request.body : NO_BODY;
      if (!signatureMatches(secrets, signature, bytes)) return next(reject('no signature matches'));
      try {
        request.body = parseJson(bytes);
      } catch (problem) {
        return next(problem);
      }
      next();
    });
  };
}
