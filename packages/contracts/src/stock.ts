import { z } from 'zod';
import { reason, text, time, view, wholeNumber } from './fields.js';
import { MAX_QUANTITY, sku } from './order-item.js';
import { pageLimit, pageOf } from './page.js';

/** Body of `POST /stock/:sku/adjustments`, whose `Idempotency-Key` belongs to the operator. */
export const stockAdjustmentRequest = z.strictObject({
  delta: wholeNumber(-MAX_QUANTITY, MAX_QUANTITY).refine((delta) => delta !== 0, {
    error: 'expected a number other than 0',
  }),
  reason,
});
export type StockAdjustmentRequest = z.infer<typeof stockAdjustmentRequest>;

export const stockView = view({ sku, available: z.int().min(0) }).meta({ id: 'Stock' });
export type StockView = z.infer<typeof stockView>;

export const stockMovementView = view({
  id: z.string(),
  orderId: z.string().nullable(),
  sku,
  kind: z.enum(['DEDUCT', 'RELEASE', 'ADJUST']),
  delta: z.int(),
  reason: z.string().optional(),
  actor: z.string().optional().describe('Name of the operator who adjusted the stock.'),
  createdAt: time,
}).meta({ id: 'StockMovement' });
export type StockMovementView = z.infer<typeof stockMovementView>;

export const stockPage = view(pageOf(stockView));
export const movementsPage = view(pageOf(stockMovementView));

/** Query of `GET /stock`. The cursor is the last sku of the previous page. */
export const listStockQuery = z.strictObject({ limit: pageLimit, cursor: text({ max: 64 }).optional() });

/** Query of `GET /stock/:sku/movements`, newest first. The cursor is the id of a movement. */
export const listMovementsQuery = z.strictObject({
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^[0-9]{1,18}$/, { error: 'expected the nextCursor of an earlier page' })
    .optional(),
});
