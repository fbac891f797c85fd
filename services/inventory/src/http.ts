import type { MessageHandler } from '@lmt/messaging';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { type Logger, readOperators } from '@lmt/service-kit';
import type { Router } from 'express';
import type { Config } from './config.js';
import { directRoutes } from './consume/receive-messages.js';
import { deadLetterRoutes } from './dead-letters/routes.js';
import { inboxRoutes } from './inbox/routes.js';
import { adjustmentRoutes } from './stock/routes.js';

export { stockRoutes as publicRoutes } from './stock/routes.js';

/** Public routes are read-only and need no body. */
export const READ_LIMIT_BYTES = 1_024;
export const MESSAGES_LIMIT_BYTES = 2 * 1024 * 1024;

interface InternalRoutesOptions {
  readonly settings: Config;
  /** For adjustments and operators' reads. */
  readonly operatorPool: InventoryDatabase;
  readonly handler: MessageHandler;
  readonly logger: Logger;
}

/**
 * Adds the operators' routes, which require a token. Without a broker, also adds the route to which
 * the relay posts messages.
 */
export function internalRoutes(router: Router, options: InternalRoutesOptions): void {
  const { settings, operatorPool: database, handler, logger } = options;
  const operators = readOperators(settings);
  adjustmentRoutes(router, { database, operators, logger });
  inboxRoutes(router, { database, operators });
  deadLetterRoutes(router, { settings, operators, logger });
  directRoutes(router, settings, handler, logger);
}
