import type { IncomingMessage } from 'node:http';
import express, { type RequestHandler } from 'express';
import { badRequest, unsupportedMediaType } from '../problem/problems.js';

declare global {
  namespace Express {
    interface Request {
      /** How this app reads bodies; a guard calls it once the request may come in. */
      bodyReader?: BodyReader;
    }
  }
}

/** Reads a request's body into `request.body`. Each refuses another type (415) and one too large (413). */
export interface BodyReader {
  /** As JSON; 400 if it is none. What is compressed is inflated, up to the limit. */
  readonly json: RequestHandler;
  /** As the bytes that were sent, for a signature; compressed ones are refused (415). */
  readonly bytes: RequestHandler;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function isJson(request: IncomingMessage): boolean {
  return JSON_TYPE.test(request.headers['content-type'] ?? '');
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function isCompressed({ headers }: IncomingMessage): boolean {
  return !/^(identity)?$/i.test(headers['content-encoding'] ?? '');
}

export function createBodyReader(limitBytes: number): BodyReader {
  // The limit is on what it inflates to: a small body that grows beyond it is cut off there.
  const json = express.json({ strict: true, inflate: true, limit: limitBytes, type: isJson });
  const raw = express.raw({ inflate: false, limit: limitBytes, type: isJson });

  const reading =
    (read: RequestHandler): RequestHandler =>
    (request, response, next) => {
      if (!hasBody(request)) return next();
      if (!isJson(request)) throw unsupportedMediaType('The body must be application/json.');
      // Not before: who may not come in is answered without being asked for the body.
      if (request.headers.expect !== undefined) response.writeContinue();
      return read(request, response, next);
    };
  return {
    json: reading(json),
    bytes: reading((request, response, next) => {
      if (isCompressed(request)) throw unsupportedMediaType('A body that is signed must not be compressed.');
      return raw(request, response, next);
    }),
  };
}

/** Leaves the body where it is, until a guard has let the request in. */
export function deferBody(reader: BodyReader): RequestHandler {
  return (request, _response, next) => {
    request.bodyReader = reader;
    next();
  };
}

/**
 * What the bytes stand for.
 * @throws Problem 400 if they are not a JSON object or array
 */
export function parseJsonBody(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw badRequest('The body is not a JSON object or array.', { cause });
  }
  throw badRequest('The body is not a JSON object or array.');
}
