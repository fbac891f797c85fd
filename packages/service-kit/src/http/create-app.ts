import express, { type Express, type Router } from 'express';
import type { Logger } from 'pino';
import { type Metrics, timeRequests } from '../operations/metrics.js';
import { type MapError, problemHandler, routeNotFound } from '../problem/problem-handler.js';
import { createBodyReader } from './body-reader.js';

export interface AppOptions {
  readonly logger: Logger;
  readonly bodyLimitBytes: number;
  /**
   * Reads no body until `requireBearer` or `requireSignature` has admitted the request, so that strangers
   * cannot make the process buffer and parse one.
   */
  readonly deferBodies?: boolean;
  /** Adds the routes of the app. An error thrown in one is answered with a problem. */
  readonly routes: (router: Router) => void;
  readonly mapError?: MapError;
  /** Times every request by method, route and status. */
  readonly metrics?: Metrics;
}

/** Creates an express app that speaks JSON only and answers every failure with problem+json. */
export function createApp(options: AppOptions): Express {
  const { logger, bodyLimitBytes, deferBodies = false, routes, mapError, metrics } = options;
  const bodyReader = createBodyReader(bodyLimitBytes);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  if (metrics) app.use(timeRequests(metrics));
  if (deferBodies) {
    app.use((request, _response, next) => {
      request.bodyReader = bodyReader;
      next();
    });
  } else app.use(bodyReader.json);
  routes(app);
  app.use(routeNotFound);
  app.use(problemHandler(logger, mapError));
  return app;
}
