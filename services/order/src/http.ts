import type { OrderDatabase } from '@lmt/prisma-order';
import type { Logger, Metrics, Secrets } from '@lmt/service-kit';
import type { Router } from 'express';
import type { CancelQueue } from './cancellation/cancel-queue.js';
import { cancelRoutes } from './cancellation/routes.js';
import { operatorRoutes } from './operators/routes.js';
import type { PlaceQueue } from './orders/place-queue.js';
import { orderRoutes } from './orders/routes.js';
import type { ProgressLog } from './results/progress-log.js';
import { resultRoutes } from './results/routes.js';

export const ORDER_LIMIT_BYTES = 64 * 1024;
export const RESULTS_LIMIT_BYTES = 2 * 1024 * 1024;

export interface PublicRoutesOptions {
  readonly readPool: OrderDatabase;
  readonly placeQueue: PlaceQueue;
  readonly cancelQueue: CancelQueue;
  readonly logger: Logger;
}

/** For clients. */
export function publicRoutes(router: Router, options: PublicRoutesOptions): void {
  orderRoutes(router, options);
  cancelRoutes(router, options);
}

export interface InternalRoutesOptions {
  readonly settings: { readonly CALLBACK_SECRET: Secrets; readonly ADMIN_TOKEN: string };
  readonly database: OrderDatabase;
  readonly progressLog: ProgressLog;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** For the consumers, which sign their results, and for operators, who have a token. */
export function internalRoutes(router: Router, options: InternalRoutesOptions): void {
  const { settings, database, progressLog, logger, metrics } = options;
  const onChanged = progressLog.recordChanged;
  resultRoutes(router, { database, secrets: settings.CALLBACK_SECRET, logger, metrics, onChanged });
  operatorRoutes(router, { database, adminToken: settings.ADMIN_TOKEN, logger });
}
