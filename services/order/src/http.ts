import type { Router } from 'express';
import { type CancelRoutesOptions, cancelRoutes } from './cancellation/routes.js';
import { type OperatorRoutesOptions, operatorRoutes } from './operators/routes.js';
import { type OrderRoutesOptions, orderRoutes } from './orders/routes.js';
import { type ResultRoutesOptions, resultRoutes } from './results/routes.js';

export const ORDER_LIMIT_BYTES = 64 * 1024;
export const RESULTS_LIMIT_BYTES = 2 * 1024 * 1024;

/** Adds the routes for clients. */
export function publicRoutes(router: Router, options: OrderRoutesOptions & CancelRoutesOptions): void {
  orderRoutes(router, options);
  cancelRoutes(router, options);
}

/** Adds the routes for consumers, which sign their results, and for operators, who send a token. */
export function internalRoutes(router: Router, options: ResultRoutesOptions & OperatorRoutesOptions): void {
  resultRoutes(router, options);
  operatorRoutes(router, options);
}
