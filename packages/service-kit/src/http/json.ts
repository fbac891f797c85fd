import type { ServerResponse } from 'node:http';
import { Problem } from '../problem/problem.js';

const utf8 = new TextDecoder();

/**
 * Parses a JSON body. Returns undefined for an empty body.
 * @throws Problem 400 if it is not a JSON object or array
 */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new Problem(400, 'The body is not a JSON object or array.');
}

/** Sends JSON faster than express's `response.json`, which looks for an ETag and a charset. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  type = 'application/json; charset=utf-8',
): void {
  // Node writes a string together with the headers.
  const body = JSON.stringify(value);
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
