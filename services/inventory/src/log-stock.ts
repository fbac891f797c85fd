import type { Logger } from '@lmt/service-kit';
import type { ProcessedBatch } from './process-placements.js';

/** The lines a person watches: what was deducted and what is left, what was rejected and why. */
export function logStock(logger: Logger, { consumed, movements }: ProcessedBatch): void {
  const moved = new Map<string, (typeof movements)[number][]>();
  for (const movement of movements) {
    const of = moved.get(movement.orderId);
    if (of === undefined) moved.set(movement.orderId, [movement]);
    else of.push(movement);
  }
  for (const { message, result, duplicates, fresh } of consumed) {
    const ids = { orderId: message.key, messageId: message.id };
    if (fresh && result.outcome === 'REJECTED') logger.info({ reason: result.reason, ...ids }, 'rejected');
    if (fresh) {
      for (const { sku, delta, left } of moved.get(message.key) ?? []) {
        logger.info({ sku, quantity: -delta, left, ...ids }, 'deducted');
      }
    }
    if (duplicates > 0) logger.info({ copies: duplicates, ...ids }, 'duplicate ignored');
  }
}
