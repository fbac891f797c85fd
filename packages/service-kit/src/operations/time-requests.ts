import type { RequestHandler } from 'express';
import type { Metrics } from './metrics.js';

/**
 * Times every answered request into `http_request_duration_seconds`.
 * The label `route` is the route's pattern and never the path, so that there are few of them.
 */
export function timeRequests(metrics: Metrics): RequestHandler {
  const histogram = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'From the request headers to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  });
  return (request, response, next) => {
    const start = performance.now();
    response.once('finish', () => {
      const route: unknown = request.route?.path;
      histogram.observe(
        {
          method: request.method,
          route: typeof route === 'string' ? request.baseUrl + route : 'none',
          status: response.statusCode,
        },
        (performance.now() - start) / 1000,
      );
    });
    next();
  };
}
