import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { invalidInput } from '../http/parse-input.js';
import { unauthorized } from '../problem/problem.js';

declare global {
  namespace Express {
    interface Request {
      /** Name of the operator. Only handlers behind `requireBearer` may read it. */
      operator: string;
    }
  }
}

/** An operator's token. During a rotation, two tokens may have the same name. */
export interface Operator {
  readonly name: string;
  readonly token: string;
}

/** The name of a token that several operators share. The header `X-Operator` identifies them. */
export const SHARED_TOKEN_NAME = 'operator';

const MAX_NAME_LENGTH = 100;

/**
 * Reads the body of a request that carries an operator's token and sets `request.operator`. Rejects
 * any other request with 401.
 */
export function requireBearer(operators: readonly Operator[]): RequestHandler {
  if (operators.length === 0) throw new TypeError('requireBearer needs at least one operator');
  const known = operators.map(({ name, token }) => ({ name, expected: hash(token) }));
  return async (request, response, next) => {
    const token = readToken(request);
    const given = hash(token ?? '');
    // timingSafeEqual needs equal lengths, and the length of the token is secret too. All tokens
    // are compared, so that the time does not show which one matches.
    const [operator] = known.filter(({ expected }) => timingSafeEqual(given, expected));
    if (token === undefined)
      throw unauthorized('The request needs the header "Authorization: Bearer TOKEN".', 'Bearer');
    if (operator === undefined)
      throw unauthorized("The token is not in this process's ADMIN_TOKEN or ADMIN_TOKENS.", 'Bearer');
    request.operator = readName(request, operator.name);
    request.body ??= await request.bodyReader?.json(request, response);
    next();
  };
}

/** Ignores a repeated header, because Node keeps the first one, but a proxy may check another. */
function readToken({ headers, headersDistinct }: Request): string | undefined {
  if (headersDistinct.authorization?.length !== 1) return undefined;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

/**
 * Returns the token's name, or for a shared token the name in the header `X-Operator`.
 * @throws Problem 400 if the header is not a valid name or differs from the token's name
 */
function readName(request: Request, tokenName: string): string {
  const header = request.get('x-operator');
  if (header === undefined) return tokenName;
  // Node decodes headers as Latin-1, but clients send UTF-8. Invalid UTF-8 becomes U+FFFD.
  const name = Buffer.from(header, 'latin1').toString('utf8');
  if (tokenName !== SHARED_TOKEN_NAME && name !== tokenName) {
    throw invalidName(`the token belongs to ${tokenName}: leave the header out`);
  }
  if (name === '' || name.length > MAX_NAME_LENGTH || /[\p{Cc}\u2028\u2029\ufffd]/u.test(name)) {
    throw invalidName(`expected 1 to ${MAX_NAME_LENGTH} characters of UTF-8 without control characters`);
  }
  return name;
}

const invalidName = (message: string) => invalidInput('headers', [{ path: 'x-operator', message }]);

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
