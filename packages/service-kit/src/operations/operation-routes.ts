import { withTimeout } from '@lmt/resilience';
import type { Router } from 'express';
import { sendJson } from '../http/json.js';
import { printable, redactUrls } from '../logging/safe-text.js';
import type { Metrics } from './metrics.js';

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
  router.get('/healthz', (_request, response) => sendJson(response, 200, { status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, (await findReason(check)) ?? 'ok']),
    );
    const ready = results.every(([, result]) => result === 'ok');
    const status = ready ? 'ok' : 'not ready';
    sendJson(response, ready ? 200 : 503, { status, checks: Object.fromEntries(results) });
  });
  router.get('/metrics', async (_request, response) => {
    const text = await metrics.registry.metrics();
    response.setHeader('Content-Type', metrics.registry.contentType);
    response.end(text);
  });
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
