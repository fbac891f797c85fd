import type { MessageHandler } from '@lmt/messaging';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { type Logger, readOperators } from '@lmt/service-kit';
import type { Router } from 'express';
import type { Config } from './config.js';
import { directRoutes } from './consume/receive-messages.js';
import { adjustmentRoutes } from './stock/routes.js';

export { stockRoutes as publicRoutes } from './stock/routes.js';

/** Public routes are read-only and need no body. */
export const READ_LIMIT_BYTES = 1_024;
export const MESSAGES_LIMIT_BYTES = 2 * 1024 * 1024;

interface InternalRoutesOptions {
  readonly settings: Config;
  readonly adjustmentPool: InventoryDatabase;
  readonly handler: MessageHandler;
  readonly logger: Logger;
}

/**
 * Adds the operators' routes, which require a token. Without a broker, also adds the route to which
 * the relay posts messages.
 */
export function internalRoutes(router: Router, options: InternalRoutesOptions): void {
  const { settings, adjustmentPool, handler, logger } = options;
  adjustmentRoutes(router, { database: adjustmentPool, operators: readOperators(settings), logger });
  directRoutes(router, settings, handler, logger);
}
