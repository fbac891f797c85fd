import { z } from 'zod';
import { reason, text, wholeNumber } from './fields.js';
import { MAX_QUANTITY } from './order-item.js';
import { pageLimit } from './page.js';

/** Body of `POST /stock/:sku/adjustments`, whose `Idempotency-Key` belongs to the operator. */
export const stockAdjustmentRequest = z.strictObject({
  delta: wholeNumber(-MAX_QUANTITY, MAX_QUANTITY).refine((delta) => delta !== 0, {
    error: 'expected a number other than 0',
  }),
  reason,
});
export type StockAdjustmentRequest = z.infer<typeof stockAdjustmentRequest>;

export interface StockView {
  readonly sku: string;
  readonly available: number;
}

export interface StockMovementView {
  readonly id: string;
  readonly orderId: string | null;
  readonly sku: string;
  readonly kind: 'DEDUCT' | 'RELEASE' | 'ADJUST';
  readonly delta: number;
  readonly reason?: string;
  /** Name of the operator who adjusted the stock. */
  readonly actor?: string;
  readonly createdAt: string;
}

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
