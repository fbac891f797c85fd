import type { ApiDescription } from '@lmt/api';
import {
  API_VERSION,
  createAsyncApiDocument,
  messageRoutes,
  orderRoutes as publicContracts,
} from '@lmt/contracts/routes';
import { documentRoutes, operationContracts } from '@lmt/service-kit';
import type { Router } from 'express';
import { type CancelRoutesOptions, cancelRoutes } from './cancellation/routes.js';
import { type OperatorRoutesOptions, operatorRoutes } from './operators/routes.js';
import { type OrderRoutesOptions, orderRoutes } from './orders/routes.js';
import { type ResultRoutesOptions, resultRoutes } from './results/routes.js';

export const ORDER_LIMIT_BYTES = 64 * 1024;
export const RESULTS_LIMIT_BYTES = 2 * 1024 * 1024;

export const publicApi: ApiDescription = {
  title: 'Order service',
  version: API_VERSION,
  description: 'Places, reads and cancels orders.',
  routes: publicContracts.orderContracts,
};

export const internalApi: ApiDescription = {
  title: 'Order service, internal',
  version: API_VERSION,
  description: 'For consumers, which report results, for operators and for probes.',
  routes: [...messageRoutes.orderInternalContracts, ...operationContracts],
};

/** Adds the routes for clients. */
export function publicRoutes(router: Router, options: OrderRoutesOptions & CancelRoutesOptions): void {
  orderRoutes(router, options);
  cancelRoutes(router, options);
  documentRoutes(router, publicApi);
}

/** Adds the routes for consumers, which sign their results, and for operators, who send a token. */
export function internalRoutes(router: Router, options: ResultRoutesOptions & OperatorRoutesOptions): void {
  resultRoutes(router, options);
  operatorRoutes(router, options);
  documentRoutes(router, internalApi, createAsyncApiDocument);
}
