import { ORDER_PLACED } from '@lmt/contracts';
import type { Logger } from '@lmt/service-kit';
import { logFields } from '@lmt/tracing';
import type { OrderMessage } from '../consume/decode-message.js';
import type { ProcessedBatch } from '../consume/process-orders.js';
import type { StockEffect } from './decide.js';

const toIds = ({ key, id, traceparent }: OrderMessage) => ({
  orderId: key,
  messageId: id,
  ...(traceparent !== undefined && logFields(traceparent)),
});

function logEffect(logger: Logger, message: OrderMessage, effect: StockEffect): void {
  const { type } = message;
  const ids = toIds(message);
  const { outcome, reservation, changed, movements } = effect;
  if (outcome.outcome === 'REJECTED') logger.info({ reason: outcome.reason, ...ids }, 'rejected');
  for (const { sku, kind, delta, left } of movements) {
    const quantity = Math.abs(delta);
    logger.info({ sku, quantity, left, ...ids }, kind === 'DEDUCT' ? 'deducted' : 'stock released');
  }
  if (type === ORDER_PLACED) return;
  if (changed && reservation.status === 'CANCELLED') logger.info(ids, 'cancelled before it was placed');
  if (reservation.status === 'REJECTED') logger.info(ids, 'cancelled, nothing had been deducted');
}

/** Logs deductions, releases, rejections and duplicates. */
export function logStock(logger: Logger, { applied, effects }: ProcessedBatch): void {
  for (const { message, duplicates } of applied) {
    const effect = effects.get(message.id);
    if (effect !== undefined) logEffect(logger, message, effect);
    if (duplicates > 0) {
      logger.info({ copies: duplicates, ...toIds(message) }, 'duplicate ignored');
    }
  }
}
