import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { unauthorized } from '../problem/problems.js';

/** Lets a request pass that carries the token; 401 otherwise. */
export function requireBearer(token: string): RequestHandler {
  const expected = digest(token);
  return (request, _response, next) => {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    // Hashed first, because timingSafeEqual wants equal lengths and the length is a secret too.
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      throw unauthorized('This needs the header "Authorization: Bearer TOKEN".', 'Bearer');
    }
    next();
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
