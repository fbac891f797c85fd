import type { Tracing } from '@lmt/tracing';
import type { Request, RequestHandler, Response } from 'express';

/**
 * Records a span for each request, below the client's trace context. Later handlers find the trace
 * context of this span in the request's header `traceparent`.
 */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    const { method, path } = request;
    const span = tracing.start({ name: method, kind: 'server' }, request.get('traceparent'));
    request.headers.traceparent = span.traceparent;
    if (span.isRecorded) response.once('close', () => span.end(describe(request, path, response)));
    next();
  };
}

/** @param path of the whole request. Routers change that of `request`. */
function describe(request: Request, path: string, response: Response) {
  const routePath: unknown = request.route?.path;
  const route = typeof routePath === 'string' ? request.baseUrl + routePath : undefined;
  const { statusCode, writableFinished } = response;
  const failed = statusCode >= 500 ? `status ${statusCode}` : undefined;
  return {
    name: route === undefined ? request.method : `${request.method} ${route}`,
    attributes: {
      'http.request.method': request.method,
      'url.path': path,
      'url.scheme': 'http',
      'http.response.status_code': statusCode,
      ...(route !== undefined && { 'http.route': route }),
    },
    error: writableFinished ? failed : 'the client closed the connection',
  };
}
