import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { unauthorized } from '../problem/problem.js';

/** Reads the body of a request that carries the token. Rejects any other request with 401. */
export function requireBearer(token: string): RequestHandler {
  const expected = hash(token);
  return async (request, response, next) => {
    const given = readToken(request);
    // timingSafeEqual needs equal lengths, and the length of the token is secret too.
    if (given === undefined || !timingSafeEqual(hash(given), expected)) {
      throw unauthorized('The request needs the header "Authorization: Bearer TOKEN".', 'Bearer');
    }
    request.body ??= await request.bodyReader?.json(request, response);
    next();
  };
}

/** Ignores a repeated header: Node keeps the first one, but a proxy may have checked another. */
function readToken({ headers, headersDistinct }: Request): string | undefined {
  if (headersDistinct.authorization?.length !== 1) return undefined;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
