import { OverloadedError, throttleLog } from '@lmt/resilience';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { problemOfHttpError } from './http-error.js';
import { Problem } from './problem.js';
import { notFound, unavailable } from './problems.js';
import { sendProblem } from './send-problem.js';

/** Turns an error of a service's own into the problem to answer with; null if it is none it knows. */
export type ClassifyError = (error: unknown) => Problem | null;

/**
 * The last handler of an app: whatever was thrown becomes one problem+json answer.
 * An error nobody knows is a 500 that tells the client nothing; the log has the error.
 */
export function problemHandler(logger: Logger, classify: ClassifyError = () => null): ErrorRequestHandler {
  // In an outage every request fails: one line tells of many.
  const tellUnavailable = throttleLog<object>((fields, requests) =>
    logger.warn({ ...fields, requests }, 'requests failed'),
  );
  // Express tells error handlers by their four parameters.
  return (error: unknown, request, response, _next) => {
    const problem = error instanceof Problem ? error : problemOf(error, classify);
    if (problem.status >= 500) {
      const { method, path } = request;
      const fields = { method, path, status: problem.status, err: problem.cause ?? error };
      if (problem.status === 503) tellUnavailable(fields);
      else logger.error(fields, 'request failed');
    }
    // Half an answer is out: cutting the connection is the only way left to say that it failed.
    if (response.headersSent) request.socket.destroy();
    else sendProblem(response, problem);
  };
}

function problemOf(cause: unknown, classify: ClassifyError): Problem {
  if (cause instanceof OverloadedError) return unavailable('Too many requests wait already.', 1, { cause });
  // Before the service's own: a parser's error quotes the body, and must not pass for another by it.
  const known = problemOfHttpError(cause) ?? classify(cause);
  if (known) return known;
  return new Problem(500, 'The server failed to handle the request; its log says why.', { cause });
}

/** Answers 404 to whatever no route took. */
export const routeNotFound: RequestHandler = () => {
  throw notFound('There is nothing at this path.');
};

/** Answers 405 for a path that exists: the last handler of its route, as in `route('/x').get(read).all(...)`. */
export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  const all = allowed.includes('GET') ? [...new Set([...allowed, 'HEAD'])] : allowed;
  const problem = () =>
    new Problem(405, `This path allows ${all.join(', ')}.`, { headers: { Allow: all.join(', ') } });
  return () => {
    throw problem();
  };
}
