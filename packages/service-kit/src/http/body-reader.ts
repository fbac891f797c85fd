import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { Problem } from '../problem/problem.js';
import { parseJson } from './json.js';

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

export function createBodyReader(limitBytes: number): BodyReader {
  const bytes = createReader(limitBytes, false);
  const inflated = createReader(limitBytes, true);
  return {
    bytes,
    json(request, response, next) {
      inflated(request, response, (error?: unknown) => {
        if (error !== undefined) return next(error);
        try {
          if (Buffer.isBuffer(request.body)) request.body = parseJson(request.body);
        } catch (problem) {
          return next(problem);
        }
        next();
      });
    },
  };
}

function createReader(limit: number, inflate: boolean): RequestHandler {
  const read = express.raw({ inflate, limit, type: () => true });
  return (request, response, next) => {
    if (!hasBody(request)) return next();
    const { 'content-type': type = '', 'content-encoding': encoding = '' } = request.headers;
    if (!JSON_TYPE.test(type)) throw new Problem(415, 'The body must be application/json.');
    if (OTHER_CHARSET.test(type)) throw new Problem(415, 'The body must be UTF-8.');
    if (!inflate && !/^(identity)?$/i.test(encoding)) {
      throw new Problem(415, 'A signed body must not be compressed.');
    }
    // Send 100 Continue only now, so that a rejected client does not upload its body.
    if (request.headers.expect !== undefined) response.writeContinue();
    read(request, response, next);
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
