import type { Express } from 'express';
import { type AppOptions, createApp } from '../http/create-app.js';
import { sendJson } from '../http/send-json.js';
import { methodNotAllowed } from '../problem/problem-handler.js';
import type { Metrics } from './metrics.js';
import { checkReadiness, type ReadinessChecks } from './readiness.js';

export interface InternalAppOptions extends Omit<AppOptions, 'routes' | 'metrics' | 'bodies'> {
  readonly metrics: Metrics;
  /** What the process needs for its work. Each has 2 s to answer. */
  readonly checks: ReadinessChecks;
  readonly routes?: AppOptions['routes'];
}

const CHECK_DEADLINE_MS = 2_000;

/**
 * The app for operators, probes and peers:
 * - GET /healthz: 200 while the process answers at all
 * - GET /readyz: 200, or 503 while it can't work; with each check's reason
 * - GET /metrics: Prometheus
 *
 * It reads no body until `requireBearer` or `requireSignature` let the request pass: a route without
 * one of them has none.
 */
export function createInternalApp({ metrics, checks, routes, ...options }: InternalAppOptions): Express {
  return createApp({
    ...options,
    bodies: 'when-let-in',
    routes: (router) => {
      const readOnly = methodNotAllowed(['GET']);
      router
        .route('/healthz')
        .get((_request, response) => sendJson(response, 200, { status: 'ok' }))
        .all(readOnly);
      router
        .route('/readyz')
        .get(async (_request, response) => {
          const { ready, checks: results } = await checkReadiness(checks, CHECK_DEADLINE_MS);
          sendJson(response, ready ? 200 : 503, { status: ready ? 'ok' : 'not ready', checks: results });
        })
        .all(readOnly);
      router
        .route('/metrics')
        .get(async (_request, response) => {
          const text = await metrics.text();
          response.setHeader('Content-Type', metrics.contentType);
          response.end(text);
        })
        .all(readOnly);
      routes?.(router);
    },
  });
}
