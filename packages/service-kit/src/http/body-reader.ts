import express, { type Request, type Response } from 'express';
import { Problem } from '../problem/problem.js';
import { parseJson } from './json.js';

declare global {
  namespace Express {
    interface Request {
      /** Set while the body is deferred. Reads the body of a request that a guard has admitted. */
      bodyReader?: BodyReader;
    }
  }
}

/** Reads a body. Rejects a content type other than JSON with 415, a body too large with 413. */
export interface BodyReader {
  /** Reads and parses JSON, which may be compressed. The limit is on the inflated size. */
  json(request: Request, response: Response): Promise<unknown>;
  /** Reads the bytes as sent, to verify or to forward them. Rejects a compressed body with 415. */
  bytes(request: Request, response: Response): Promise<Buffer>;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?utf-?8\b)/i;
const NO_BODY = Buffer.alloc(0);

export function createBodyReader(limit: number): BodyReader {
  const bytes = createReader(limit, false);
  const inflated = createReader(limit, true);
  return {
    bytes,
    json: async (request, response) => parseJson(await inflated(request, response)),
  };
}

function createReader(limit: number, inflate: boolean): BodyReader['bytes'] {
  const read = express.raw({ inflate, limit, type: () => true });
  return async (request, response) => {
    const { headers } = request;
    if (!headers['transfer-encoding'] && !Number(headers['content-length'] ?? 0)) return NO_BODY;
    const { 'content-type': type = '', 'content-encoding': encoding = '' } = headers;
    if (!JSON_TYPE.test(type)) throw new Problem(415, 'The body must be application/json.');
    if (OTHER_CHARSET.test(type)) throw new Problem(415, 'The body must be UTF-8.');
    if (!inflate && !/^(identity)?$/i.test(encoding)) {
      throw new Problem(415, 'The body must not be compressed.');
    }
    // Send 100 Continue only now, so that a rejected client does not upload its body.
    if (headers.expect !== undefined) response.writeContinue();
    await new Promise<void>((resolve, reject) => {
      read(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
    });
    return Buffer.isBuffer(request.body) ? request.body : NO_BODY;
  };
}
