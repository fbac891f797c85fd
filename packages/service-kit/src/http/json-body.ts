import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { unsupportedMediaType } from '../problem/problems.js';

declare global {
  namespace Express {
    interface Request {
      /** The body's bytes as they came, for signatures; undefined without a body. */
      rawBody?: Buffer;
    }
  }
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function isJson(request: IncomingMessage): boolean {
  return JSON_TYPE.test(request.headers['content-type'] ?? '');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Parses a JSON body into `request.body`; refuses any other (415), one too large (413) or malformed (400). */
export function jsonBody(limitBytes: number): RequestHandler[] {
  const refuseOthers: RequestHandler = (request, _response, next) => {
    if (hasBody(request) && !isJson(request)) {
      throw unsupportedMediaType('The body must be application/json.');
    }
    next();
  };
  const parse = express.json({
    strict: true,
    // The limit is on what it inflates to: a small body that grows beyond it is cut off there.
    inflate: true,
    limit: limitBytes,
    type: isJson,
    verify: (request, _response, bytes) => {
      (request as express.Request).rawBody = bytes;
    },
  });
  return [refuseOthers, parse];
}
