import { cancelOrderRequest, uuid } from '@lmt/contracts';
import { conflict, type Logger, methodNotAllowed, notFound, parseInput, sendJson } from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import type { CancelQueue } from './cancel-queue.js';

export interface CancelRoutesOptions {
  readonly cancelQueue: CancelQueue;
  readonly logger: Logger;
}

const path = z.object({ id: uuid });

/**
 * Adds the route on which clients cancel orders. A repeated request, for example after a lost
 * response, starts no second cancellation and returns the current order.
 */
export function cancelRoutes(router: Router, { cancelQueue, logger }: CancelRoutesOptions): void {
  router
    .route('/orders/:id/cancel')
    .post(async (request, response) => {
      const { id: orderId } = parseInput(path, request.params, 'path');
      const { reason } = parseInput(cancelOrderRequest, request.body ?? {}, 'body');
      const traceparent = request.get('traceparent');
      const { cancellation, order } = await cancelQueue.submit({ orderId, reason, traceparent });
      if (cancellation.kind === 'cancelling')
        logger.info({ reason, orderId, messageId: cancellation.messageId }, 'order is being cancelled');
      if (cancellation.kind === 'unknown' || order === undefined)
        throw notFound(`There is no order ${orderId}.`);
      if (order.status === 'REJECTED')
        throw conflict(
          `Order ${orderId} was REJECTED (${order.rejectReason}): no stock was deducted, so there is nothing to cancel.`,
        );
      sendJson(response, order.status === 'CANCELLED' ? 200 : 202, order);
    })
    .all(methodNotAllowed(['POST']));
}
