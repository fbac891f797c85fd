import { throttleLog } from '@lmt/resilience';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { parseJson } from '../http/json.js';
import { type Problem, unauthorized } from '../problem/problem.js';
import { readSignature, signatureMatches, signingKey } from './signature.js';

/**
 * Admits a request whose body was signed with one of the secrets within the last 5 minutes. Rejects
 * any other request with 401. Rejects invalid headers before it reads the body, and an invalid
 * signature before it parses the body.
 *
 * @throws TypeError if a secret is empty, because anyone could sign with it
 */
export function requireSignature(
  secrets: readonly string[],
  { logger }: { readonly logger: Logger },
): RequestHandler {
  if (secrets.length === 0 || secrets.some((secret) => signingKey(secret).length === 0)) {
    throw new TypeError('a signature needs a secret that is not empty');
  }
  // Throttled, because any client that reaches the port can cause a rejection.
  const logRejected = throttleLog<string>((reason, requests) =>
    logger.warn({ reason, requests }, 'signed request rejected'),
  );

  function reject(reason: string): Problem {
    logRejected(reason);
    return unauthorized(`Invalid signature: ${reason}.`, 'Signature realm="standard-webhooks"');
  }

  return async (request, response, next) => {
    const signature = readSignature(request.headers, Math.floor(Date.now() / 1_000));
    if (!signature.ok) throw reject(signature.reason);
    if (!request.bodyReader) throw new TypeError('requireSignature needs an app that defers its bodies');
    const bytes = await request.bodyReader.bytes(request, response);
    if (!signatureMatches(secrets, signature, bytes)) throw reject('no signature matches');
    request.body = parseJson(bytes);
    next();
  };
}
