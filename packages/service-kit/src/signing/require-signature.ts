import type { RequestHandler } from 'express';
import { unauthorized } from '../problem/problems.js';
import { verifySignature } from './verify-signature.js';

const NO_BODY = Buffer.alloc(0);

/** Lets a request pass whose body one of the secrets signed within the last 5 minutes; 401 otherwise. */
export function requireSignature(
  secrets: readonly string[],
  nowSeconds: () => number = () => Math.floor(Date.now() / 1000),
): RequestHandler {
  return (request, _response, next) => {
    const result = verifySignature(secrets, request.headers, request.rawBody ?? NO_BODY, nowSeconds());
    if (!result.ok) {
      throw unauthorized(
        `The signature was refused: ${result.reason}.`,
        'Signature realm="standard-webhooks"',
      );
    }
    next();
  };
}
