import type { ApiDescription } from '@lmt/api';
import { API_VERSION, stockRoutes as contracts, createAsyncApiDocument } from '@lmt/contracts/routes';
import type { MessageHandler } from '@lmt/messaging';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import { documentRoutes, type Logger, operationContracts, readOperators } from '@lmt/service-kit';
import type { Router } from 'express';
import type { Config } from './config.js';
import { directRoutes } from './consume/receive-messages.js';
import { deadLetterRoutes } from './dead-letters/routes.js';
import { inboxRoutes } from './inbox/routes.js';
import { adjustmentRoutes, stockRoutes } from './stock/routes.js';

/** Public routes are read-only and need no body. */
export const READ_LIMIT_BYTES = 1_024;
export const MESSAGES_LIMIT_BYTES = 2 * 1024 * 1024;

export const publicApi: ApiDescription = {
  title: 'Inventory service',
  version: API_VERSION,
  description: 'Reads stock.',
  routes: contracts.stockContracts,
};

export const createInternalApi = (broker: Config['BROKER']): ApiDescription => ({
  title: 'Inventory service, internal',
  version: API_VERSION,
  description: 'For operators, probes and, without a broker, the relay.',
  routes: [
    ...contracts.inventoryInternalContracts,
    ...(broker === 'direct' ? [contracts.receiveMessages] : []),
    ...operationContracts,
  ],
});

/** Adds the routes for clients. */
export function publicRoutes(router: Router, database: InventoryDatabase): void {
  stockRoutes(router, database);
  documentRoutes(router, publicApi);
}

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
  documentRoutes(router, createInternalApi(settings.BROKER), createAsyncApiDocument);
}
