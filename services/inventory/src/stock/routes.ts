import { type StockView, toPage } from '@lmt/contracts';
import { stockRoutes as contracts } from '@lmt/contracts/routes';
import type { InventoryDatabase } from '@lmt/prisma-inventory';
import {
  addRoutes,
  conflict,
  type Logger,
  notFound,
  type Operator,
  requireBearer,
  route,
  unprocessable,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { adjustStock } from './adjust.js';
import { toMovementView } from './movement-view.js';

const VIEW = { sku: true, available: true } as const;

/** Adds the routes on which clients read stock. */
export function stockRoutes(router: Router, database: InventoryDatabase): void {
  async function requireItem(sku: string): Promise<StockView> {
    const item = await database.stockItem.findUnique({ where: { sku }, select: VIEW });
    if (item === null) throw notFound(`There is no sku ${sku}.`);
    return item;
  }

  const listStock = route(contracts.listStock).answer(async ({ query: { limit, cursor } }) => {
    const items = await database.stockItem.findMany({
      where: cursor === undefined ? {} : { sku: { gt: cursor } },
      orderBy: { sku: 'asc' },
      take: limit,
      select: VIEW,
    });
    return { status: 200, body: toPage(items, limit, 'sku') };
  });

  const getStock = route(contracts.getStock).answer(async ({ params: { sku } }) => ({
    status: 200,
    body: await requireItem(sku),
  }));

  const listMovements = route(contracts.listMovements).answer(
    async ({ params: { sku }, query: { limit, cursor } }) => {
      await requireItem(sku);
      const rows = await database.stockMovement.findMany({
        where: { sku, ...(cursor === undefined ? {} : { id: { lt: BigInt(cursor) } }) },
        orderBy: { id: 'desc' },
        take: limit,
      });
      return { status: 200, body: toPage(rows.map(toMovementView), limit, 'id') };
    },
  );

  addRoutes(router, [listStock, getStock, listMovements]);
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
  const adjust = route(contracts.adjustStock, requireBearer(operators)).answer(
    async ({ params: { sku }, headers, body: adjustment }, { operator: actor }) => {
      const key = headers['idempotency-key'] ?? null;
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
      if (adjusted.kind === 'replayed')
        return { status: 200, body: item, headers: { 'Idempotency-Replayed': 'true' } };
      logger.info({ sku, ...adjustment, left: item.available, by: actor }, 'adjusted');
      return { status: 200, body: item };
    },
  );
  addRoutes(router, [adjust]);
}
