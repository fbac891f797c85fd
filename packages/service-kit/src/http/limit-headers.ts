import type { RequestHandler } from 'express';
import { Problem } from '../problem/problem.js';

const MOST_HEADERS = 100;

/** Node counts the bytes of headers; so many small ones cost too. */
export const limitHeaders: RequestHandler = (request, _response, next) => {
  if (request.rawHeaders.length > 2 * MOST_HEADERS) {
    throw new Problem(431, `More than ${MOST_HEADERS} headers.`);
  }
  next();
};
