import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { unauthorized } from '../problem/problems.js';

/** Lets a request pass that carries the token, and reads its body only then; 401 otherwise. */
export function requireBearer(token: string): RequestHandler {
  const expected = digest(token);
  return (request, response, next) => {
    const given = bearerOf(request);
    // Hashed first, because timingSafeEqual wants equal lengths and the length is a secret too.
    if (given === undefined || !timingSafeEqual(digest(given), expected)) {
      throw unauthorized('This needs the header "Authorization: Bearer TOKEN".', 'Bearer');
    }
    if (request.bodyReader) request.bodyReader.json(request, response, next);
    else next();
  };
}

/** Of several such headers node keeps the first; a proxy before us may have looked at another. */
function bearerOf({ headers, rawHeaders }: Request): string | undefined {
  const count = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization',
  ).length;
  return count === 1 ? /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] : undefined;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
