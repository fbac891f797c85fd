import { NO_ROUTE_DETAIL } from '@lmt/api';
import { OverloadedError, throttleLog } from '@lmt/resilience';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { sendJson } from '../http/json.js';
import { notFound, Problem, unavailable } from './problem.js';

/** Maps an error of the service to the problem to answer with, or an unknown error to null. */
export type MapError = (error: unknown) => Problem | null;

/**
 * The last handler of an app: answers every thrown error with a problem. An unknown error is logged
 * and answered with a 500 that reveals nothing.
 */
export function problemHandler(logger: Logger, mapError: MapError): ErrorRequestHandler {
  // Throttled, because every request fails in an outage. Each reason has a line of its own, so a
  // second outage shortly after the first is logged too. There are few reasons.
  const throttled = new Map<string | undefined, (fields: object) => void>();
  const logUnavailable = (fields: object, reason: string | undefined): void => {
    const log =
      throttled.get(reason) ??
      throttleLog<object>((details, requests) => logger.warn({ ...details, requests }, 'requests failed'));
    throttled.set(reason, log);
    log(fields);
  };
  // Express recognises an error handler by its four parameters.
  return (err: unknown, request, response, _next) => {
    const problem =
      toProblem(err) ??
      mapError(err) ??
      new Problem(500, 'The server failed to handle the request; see its log.');
    if (problem.status >= 500) {
      const { method, path } = request;
      const { status, reason } = problem;
      const fields = { method, path, status, ...(reason ? { reason } : { err }) };
      if (problem.status === 503) logUnavailable(fields, reason);
      else logger.error(fields, 'request failed');
    }
    // Once part of the answer is sent, only cutting the connection shows the client the failure.
    if (response.headersSent) request.socket.destroy();
    else sendJson(response.set(problem.headers), problem.status, problem, 'application/problem+json');
  };
}

function toProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof OverloadedError) return unavailable('Too many requests are waiting.', 1);
  // Express and its body parser throw errors with the status of the answer (package `http-errors`).
  if (!(error instanceof Error) || !('status' in error)) return null;
  const { status } = error;
  if (typeof status !== 'number' || status < 400 || status >= 500) return null;
  // The error's own message is left out, because it could quote the request.
  return new Problem(
    status,
    'limit' in error ? `The body is larger than ${String(error.limit)} bytes.` : 'The request is malformed.',
  );
}

export const routeNotFound: RequestHandler = () => {
  throw notFound(NO_ROUTE_DETAIL);
};

/** Answers 405, as in `route('/x').get(read).all(methodNotAllowed(['GET']))`. */
export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  const list = (allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed).join(', ');
  return () => {
    throw new Problem(405, `This path allows ${list}.`, { headers: { Allow: list } });
  };
}
