import express, { type Express, type Router } from 'express';
import type { Logger } from 'pino';
import type { Metrics } from '../operations/metrics.js';
import { timeRequests } from '../operations/time-requests.js';
import { type ClassifyError, problemHandler, routeNotFound } from '../problem/problem-handler.js';
import { jsonBody } from './json-body.js';

export interface AppOptions {
  readonly logger: Logger;
  /** Largest body, in bytes. */
  readonly bodyLimitBytes: number;
  /** Adds the app's routes; what throws or rejects in them is answered as a problem. */
  readonly routes: (router: Router) => void;
  readonly classifyError?: ClassifyError;
  /** Times every request, by method, route and status, if given. */
  readonly metrics?: Metrics;
}

/** An express app that speaks JSON only and answers every failure with problem+json. */
export function createApp({ logger, bodyLimitBytes, routes, classifyError, metrics }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (metrics) app.use(timeRequests(metrics));
  app.use(jsonBody(bodyLimitBytes));
  routes(app);
  app.use(routeNotFound);
  app.use(problemHandler(logger, classifyError));
  return app;
}
