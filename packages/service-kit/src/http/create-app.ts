import type { Tracing } from '@lmt/tracing';
import express, { type Express, type Router } from 'express';
import type { Logger } from 'pino';
import { type Metrics, timeRequests } from '../operations/metrics.js';
import { traceRequests } from '../operations/trace-requests.js';
import { type MapError, problemHandler, routeNotFound } from '../problem/problem-handler.js';
import { createBodyReader } from './body-reader.js';
import { limitRequests, type RequestLimits } from './limit-requests.js';

export interface AppOptions {
  readonly logger: Logger;
  readonly bodyLimitBytes: number;
  /**
   * Leaves the body unread until a guard such as `requireBearer` or `requireSignature`, or a handler
   * behind a guard, reads it with `request.bodyReader`. Unauthorised clients then cannot make the
   * process buffer and parse a body.
   */
  readonly deferBodies?: boolean;
  readonly routes: (router: Router) => void;
  readonly mapError?: MapError | undefined;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing | null;
  readonly limits?: RequestLimits;
}

/** Creates an express app that speaks JSON only and answers every failure with problem+json. */
export function createApp(options: AppOptions): Express {
  const { logger, bodyLimitBytes, deferBodies = false, routes, metrics, tracing } = options;
  const bodyReader = createBodyReader(bodyLimitBytes);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (metrics) app.use(timeRequests(metrics));
  if (tracing) app.use(traceRequests(tracing));
  app.use(limitRequests(logger, options.limits));
  app.use(async (request, response, next) => {
    if (deferBodies) request.bodyReader = bodyReader;
    else request.body = await bodyReader.json(request, response);
    next();
  });
  routes(app);
  app.use(routeNotFound);
  app.use(problemHandler(logger, options.mapError ?? (() => null)));
  return app;
}
