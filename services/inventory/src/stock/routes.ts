import {
  listMovementsQuery,
  listStockQuery,
  type StockMovementView,
  type StockView,
  sku as skuSchema,
  stockAdjustmentRequest,
  toPage,
} from '@lmt/contracts';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import {
  conflict,
  type Logger,
  methodNotAllowed,
  notFound,
  type Operator,
  parseInput,
  requireBearer,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { adjustStock } from './adjust.js';

const path = z.object({ sku: skuSchema });
const VIEW = { sku: true, available: true } as const;

/** Adds the routes on which clients read stock. */
export function stockRoutes(router: Router, database: InventoryDatabase): void {
  const getOnly = methodNotAllowed(['GET']);

  async function requireItem(sku: string): Promise<StockView> {
    const item = await database.stockItem.findUnique({ where: { sku }, select: VIEW });
    if (item === null) throw notFound(`There is no sku ${sku}.`);
    return item;
  }

  router
    .route('/stock')
    .get(async (request, response) => {
      const { limit, cursor } = parseInput(listStockQuery, request.query, 'query');
      const items = await database.stockItem.findMany({
        where: cursor === undefined ? {} : { sku: { gt: cursor } },
        orderBy: { sku: 'asc' },
        take: limit,
        select: VIEW,
      });
      sendJson(response, 200, toPage(items, limit, 'sku'));
    })
    .all(getOnly);

  router
    .route('/stock/:sku')
    .get(async (request, response) => {
      const { sku } = parseInput(path, request.params, 'path');
      sendJson(response, 200, await requireItem(sku));
    })
    .all(getOnly);

  router
    .route('/stock/:sku/movements')
    .get(async (request, response) => {
      const { sku } = parseInput(path, request.params, 'path');
      const { limit, cursor } = parseInput(listMovementsQuery, request.query, 'query');
      await requireItem(sku);
      const rows = await database.stockMovement.findMany({
        where: { sku, ...(cursor === undefined ? {} : { id: { lt: BigInt(cursor) } }) },
        orderBy: { id: 'desc' },
        take: limit,
      });
      const items = rows.map(
        ({ id, orderId, kind, delta, reason, createdAt }): StockMovementView => ({
          id: String(id),
          orderId,
          sku,
          kind: kind as StockMovementView['kind'],
          delta,
          ...(reason === null ? {} : { reason }),
          createdAt: createdAt.toISOString(),
        }),
      );
      sendJson(response, 200, toPage(items, limit, 'id'));
    })
    .all(getOnly);
}

interface AdjustmentRoutesOptions {
  readonly database: InventoryDatabase;
  readonly operators: readonly Operator[];
  readonly logger: Logger;
}

/** Adds the internal route on which operators adjust stock. */
export function adjustmentRoutes(
  router: Router,
  { database, operators, logger }: AdjustmentRoutesOptions,
): void {
  router
    .route('/stock/:sku/adjustments')
    .post(requireBearer(operators), async (request, response) => {
      const { sku } = parseInput(path, request.params, 'path');
      const adjustment = parseInput(stockAdjustmentRequest, request.body, 'body');
      const item = await adjustStock(database, sku, adjustment);
      if (item === null) {
        const known = await database.stockItem.findUnique({ where: { sku } });
        if (known === null) throw notFound(`There is no sku ${sku}; a positive delta creates it.`);
        throw conflict(`${sku} has ${known.available} available and cannot change by ${adjustment.delta}.`);
      }
      logger.info(
        {
          sku,
          delta: adjustment.delta,
          left: item.available,
          reason: adjustment.reason,
          by: request.operator,
        },
        'adjusted',
      );
      sendJson(response, 200, item);
    })
    .all(methodNotAllowed(['POST']));
}
