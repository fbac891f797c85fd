import {
  idempotencyKey,
  listMovementsQuery,
  listStockQuery,
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
  unprocessable,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { adjustStock } from './adjust.js';
import { toMovementView } from './movement-view.js';

const path = z.object({ sku: skuSchema });
const headers = z.object({ 'idempotency-key': idempotencyKey.optional() });
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
      sendJson(response, 200, toPage(rows.map(toMovementView), limit, 'id'));
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
      const key = parseInput(headers, request.headers, 'headers')['idempotency-key'] ?? null;
      const actor = request.operator;
      const adjusted = await adjustStock(database, { sku, ...adjustment, actor, key });
      if (adjusted.kind === 'key-reused')
        throw unprocessable(
          'This Idempotency-Key was used with another adjustment. Use a new key for a new adjustment.',
        );
      if (adjusted.kind === 'refused') {
        const known = await database.stockItem.findUnique({ where: { sku } });
        if (known === null) throw notFound(`There is no sku ${sku}; a positive delta creates it.`);
        throw conflict(`${sku} has ${known.available} available and cannot change by ${adjustment.delta}.`);
      }
      const { item } = adjusted;
      if (adjusted.kind === 'replayed') response.setHeader('Idempotency-Replayed', 'true');
      else logger.info({ sku, ...adjustment, left: item.available, by: actor }, 'adjusted');
      sendJson(response, 200, item);
    })
    .all(methodNotAllowed(['POST']));
}
