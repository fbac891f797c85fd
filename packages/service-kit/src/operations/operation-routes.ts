import { withTimeout } from '@lmt/resilience';
import type { Router } from 'express';
import { addRoutes, route } from '../http/add-routes.js';
import { printable, redactUrls } from '../logging/safe-text.js';
import { methodNotAllowed } from '../problem/problem-handler.js';
import type { Metrics } from './metrics.js';
import { getHealth, getMetrics, getReadiness } from './operation-contracts.js';

/** Returns null while the process can do this part of its work, otherwise the reason it cannot. */
export type ReadinessCheck = () => Promise<string | null> | string | null;

const CHECK_TIMEOUT_MS = 2_000;
const MAX_REASON_LENGTH = 200;

/**
 * Adds the routes for probes and operators:
 * - GET /healthz: 200 while the process answers at all
 * - GET /readyz: 200, or 503 while it cannot work, with the reason of each check
 * - GET /metrics: Prometheus
 */
export function operationRoutes(
  router: Router,
  metrics: Metrics,
  checks: Readonly<Record<string, ReadinessCheck>>,
): void {
  const runChecks = shareRun(async (): Promise<Record<string, string>> => {
    const results = Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      return [name, (await findReason(check)) ?? 'ok'];
    });
    return Object.fromEntries(await Promise.all(results));
  });
  metrics.gauge({
    name: 'readiness_check_passing',
    help: '1 while the check of /readyz passes',
    labelNames: ['check'],
    async collect() {
      for (const [check, result] of Object.entries(await runChecks()))
        this.set({ check }, Number(result === 'ok'));
    },
  });
  addRoutes(router, [
    route(getHealth).answer(() => ({ status: 200, body: { status: 'ok' } })),
    route(getReadiness).answer(async () => {
      const results = await runChecks();
      const ready = Object.values(results).every((result) => result === 'ok');
      const status = ready ? ('ok' as const) : ('not ready' as const);
      return { status: ready ? 200 : 503, body: { status, checks: results } };
    }),
  ]);
  router
    .route(getMetrics.path)
    .get(async (_request, response) => {
      const text = await metrics.registry.metrics();
      response.setHeader('Content-Type', metrics.registry.contentType);
      response.end(text);
    })
    .all(methodNotAllowed(['GET']));
}

/** A probe and a scrape at the same time share a run, so the checks need one connection, not two. */
function shareRun<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  };
}

/** Runs a check with a time limit. Returns its reason in one printable line. */
export async function findReason(check: ReadinessCheck): Promise<string | null> {
  try {
    return await withTimeout((async () => check())(), CHECK_TIMEOUT_MS);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return printable(redactUrls(text).replace(/\s+/g, ' ').trim()).slice(0, MAX_REASON_LENGTH);
  }
}
