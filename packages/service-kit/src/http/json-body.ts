import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { badRequest, unsupportedMediaType } from '../problem/problem.js';

declare global {
  namespace Express {
    interface Request {
      /** Set while the body is deferred. A guard calls it once it has admitted the request. */
      bodyReader?: BodyReader;
    }
  }
}

/** Reads a body into `request.body`. Rejects another content type with 415 and a larger body with 413. */
export interface BodyReader {
  /** Reads JSON, which may be compressed. The limit is on the inflated size. */
  readonly json: RequestHandler;
  /** Reads the bytes as sent, for a signature. Rejects compressed ones with 415. */
  readonly bytes: RequestHandler;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!utf-?8\b)/i;
const NO_JSON = 'The body is not a JSON object or array.';
const utf8 = new TextDecoder();

export function createBodyReader(limitBytes: number): BodyReader {
  const inflated = express.raw({ inflate: true, limit: limitBytes, type: () => true });
  const asSent = express.raw({ inflate: false, limit: limitBytes, type: () => true });
  return {
    json(request, response, next) {
      if (!expectsBody(request)) return next();
      // Send 100 Continue only now, so that a rejected client does not upload its body.
      if (request.headers.expect !== undefined) response.writeContinue();
      inflated(request, response, (error?: unknown) => {
        if (error !== undefined) return next(error);
        try {
          request.body = parseJson(request.body as Buffer);
        } catch (problem) {
          return next(problem);
        }
        next();
      });
    },
    bytes(request, response, next) {
      if (!expectsBody(request)) return next();
      if (!/^(identity)?$/i.test(request.headers['content-encoding'] ?? '')) {
        throw unsupportedMediaType('A signed body must not be compressed.');
      }
      if (request.headers.expect !== undefined) response.writeContinue();
      asSent(request, response, next);
    },
  };
}

/** @throws Problem 415 if the body is not JSON in UTF-8 */
function expectsBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] === undefined && !(Number(headers['content-length'] ?? 0) > 0))
    return false;
  const type = headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type)) throw unsupportedMediaType('The body must be application/json.');
  if (OTHER_CHARSET.test(type)) throw unsupportedMediaType('The body must be UTF-8.');
  return true;
}

/**
 * Undefined if there are no bytes.
 * @throws Problem 400 if they are not a JSON object or array
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw badRequest(NO_JSON, { cause });
  }
  throw badRequest(NO_JSON);
}
