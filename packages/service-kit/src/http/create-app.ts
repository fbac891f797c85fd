import express, { type Express, type Router } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../operations/metrics.js';
import { timeRequests } from '../operations/time-requests.js';
import { type ClassifyError, problemHandler, routeNotFound } from '../problem/problem-handler.js';
import { createBodyReader, deferBody } from './json-body.js';
import { limitHeaders } from './limit-headers.js';

export interface AppOptions {
  readonly logger: Logger;
  /** Largest body, in bytes. */
  readonly bodyLimitBytes: number;
  /**
   * `always` reads the body of every request. `when-let-in` reads none until `requireBearer` or
   * `requireSignature` let the request pass: strangers can't make the process buffer and parse.
   */
  readonly bodies?: 'always' | 'when-let-in';
  /** Adds the app's routes; what throws or rejects in them is answered as a problem. */
  readonly routes: (router: Router) => void;
  readonly classifyError?: ClassifyError;
  /** Times every request, by method, route and status, if given. */
  readonly metrics?: Metrics;
}

/** An express app that speaks JSON only and answers every failure with problem+json. */
export function createApp(options: AppOptions): Express {
  const { logger, bodyLimitBytes, bodies = 'always', routes, classifyError, metrics } = options;
  const reader = createBodyReader(bodyLimitBytes);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (metrics) app.use(timeRequests(metrics));
  app.use(limitHeaders);
  app.use(bodies === 'always' ? reader.json : deferBody(reader));
  routes(app);
  app.use(routeNotFound);
  app.use(problemHandler(logger, classifyError));
  return app;
}
