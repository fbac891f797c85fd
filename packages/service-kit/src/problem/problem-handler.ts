import { OverloadedError, throttleLog } from '@lmt/resilience';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { sendProblem } from '../http/json.js';
import { notFound, Problem, unavailable } from './problem.js';

/** Maps an error of the service to the problem to answer with, null if the error is unknown. */
export type MapError = (error: unknown) => Problem | null;

/**
 * The last handler of an app: answers whatever was thrown with one problem. An unknown error is a 500 that
 * reveals nothing to the client; it is logged.
 */
export function problemHandler(logger: Logger, mapError: MapError = () => null): ErrorRequestHandler {
  // In an outage every request fails.
  const logUnavailable = throttleLog<object>((fields, requests) =>
    logger.warn({ ...fields, requests }, 'requests failed'),
  );
  // Express recognises an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    const problem = error instanceof Problem ? error : toProblem(error, mapError);
    if (problem.status >= 500) {
      const { method, path } = request;
      const fields = { method, path, status: problem.status, err: problem.cause ?? error };
      if (problem.status === 503) logUnavailable(fields);
      else logger.error(fields, 'request failed');
    }
    // Part of an answer has been sent: only cutting the connection shows that it failed.
    if (response.headersSent) request.socket.destroy();
    else sendProblem(response, problem);
  };
}

function toProblem(error: unknown, mapError: MapError): Problem {
  if (error instanceof OverloadedError) return unavailable('Too many requests are waiting.', 1, error);
  return (
    fromHttpError(error) ??
    mapError(error) ??
    new Problem(500, 'The server failed to handle the request; see its log.', { cause: error })
  );
}

/** An error that express or its body parser blames on the client (the `http-errors` package). */
function fromHttpError(cause: unknown): Problem | null {
  if (typeof cause !== 'object' || cause === null || !('status' in cause)) return null;
  const { status } = cause;
  if (typeof status !== 'number' || status < 400 || status >= 500) return null;
  // The message of the error could quote the request.
  const detail =
    'limit' in cause ? `The body is larger than ${String(cause.limit)} bytes.` : 'The request is malformed.';
  return new Problem(status, detail, { cause });
}

export const routeNotFound: RequestHandler = () => {
  throw notFound('There is nothing at this path.');
};

/** Answers 405. The last handler of a route, as in `route('/x').get(read).all(methodNotAllowed(['GET']))`. */
export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  const methods = allowed.includes('GET') ? [...new Set([...allowed, 'HEAD'])] : allowed;
  const list = methods.join(', ');
  return () => {
    throw new Problem(405, `This path allows ${list}.`, { headers: { Allow: list } });
  };
}
