import { createOpenApiDocument, type RouteContract } from '@lmt/api';
import {
  API_VERSION,
  createAsyncApiDocument,
  messageRoutes,
  orderRoutes,
  stockRoutes,
} from '@lmt/contracts/routes';
import { operationContracts } from '@lmt/service-kit';

const describe = (title: string, routes: readonly RouteContract[]): object =>
  createOpenApiDocument({ title, version: API_VERSION, description: title, routes });

/**
 * Builds the documents that other systems rely on, by file name. The console's routes are left out,
 * because only its own page calls them.
 */
export const createDocuments = (): Readonly<Record<string, object>> => ({
  'order.json': describe('Order service', orderRoutes.orderContracts),
  'order-internal.json': describe('Order service, internal', [
    ...messageRoutes.orderInternalContracts,
    ...operationContracts,
  ]),
  'inventory.json': describe('Inventory service', stockRoutes.stockContracts),
  'inventory-internal.json': describe('Inventory service, internal', [
    ...stockRoutes.inventoryInternalContracts,
    stockRoutes.receiveMessages,
    ...operationContracts,
  ]),
  'events.json': createAsyncApiDocument(),
});
