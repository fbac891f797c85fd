import { withTimeout } from '@lmt/resilience';
import type { Express } from 'express';
import { type AppOptions, createApp } from '../http/create-app.js';
import { sendJson } from '../http/json.js';
import { printable, redactUrls } from '../logging/safe-text.js';
import { methodNotAllowed } from '../problem/problem-handler.js';
import type { Metrics } from './metrics.js';

/** Returns null while the process can do this part of its work, otherwise the reason it cannot. */
export type ReadinessCheck = () => Promise<string | null> | string | null;

export interface InternalAppOptions extends Omit<AppOptions, 'routes' | 'metrics' | 'deferBodies'> {
  readonly metrics: Metrics;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
  readonly routes?: AppOptions['routes'];
  readonly checkTimeoutMs?: number;
}

const CHECK_TIMEOUT_MS = 2_000;
const MAX_REASON_LENGTH = 200;

/**
 * Creates the app for operators, probes and peers:
 * - GET /healthz: 200 while the process answers at all
 * - GET /readyz: 200, or 503 while it cannot work, with the reason of each check
 * - GET /metrics: Prometheus
 *
 * Its bodies are deferred: a route without `requireBearer` or `requireSignature` has none.
 */
export function createInternalApp(options: InternalAppOptions): Express {
  const { metrics, checks, routes, checkTimeoutMs = CHECK_TIMEOUT_MS, ...app } = options;

  async function runChecks(): Promise<readonly (readonly [name: string, reason: string | null])[]> {
    return Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await findReason(check)] as const),
    );
  }

  async function findReason(check: ReadinessCheck): Promise<string | null> {
    try {
      return await withTimeout((async () => check())(), checkTimeoutMs);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return printable(redactUrls(text).replace(/\s+/g, ' ').trim()).slice(0, MAX_REASON_LENGTH);
    }
  }

  return createApp({
    ...app,
    deferBodies: true,
    routes: (router) => {
      const readOnly = methodNotAllowed(['GET']);
      router
        .route('/healthz')
        .get((_request, response) => sendJson(response, 200, { status: 'ok' }))
        .all(readOnly);
      router
        .route('/readyz')
        .get(async (_request, response) => {
          const results = await runChecks();
          const ready = results.every(([, reason]) => reason === null);
          sendJson(response, ready ? 200 : 503, {
            status: ready ? 'ok' : 'not ready',
            checks: Object.fromEntries(results.map(([name, reason]) => [name, reason ?? 'ok'])),
          });
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
