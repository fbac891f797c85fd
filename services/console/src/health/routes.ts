import { methodNotAllowed, sendJson } from '@lmt/service-kit';
import type { Router } from 'express';
import type { SharedReads } from '../proxy/shared-reads.js';
import { type HealthOptions, readHealth } from './read-health.js';

export interface HealthRoutesOptions extends HealthOptions {
  readonly sharedReads: SharedReads;
}

export function healthRoutes(router: Router, { sharedReads, ...options }: HealthRoutesOptions): void {
  router
    .route('/api/health')
    .get(async (_request, response) =>
      sendJson(response, 200, await sharedReads.share('health', () => readHealth(options))),
    )
    .all(methodNotAllowed(['GET']));
}
