import { cancelOrderRequest, type OrderView, uuid } from '@lmt/contracts';
import { withTimeout } from '@lmt/resilience';
import {
  conflict,
  type Logger,
  methodNotAllowed,
  notFound,
  parseInput,
  sendJson,
  unavailable,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { z } from 'zod';
import { ANSWER_MS } from '../orders/answer-deadline.js';
import type { CancelQueue } from './cancel-queue.js';

export interface CancelRoutesOptions {
  readonly cancelQueue: CancelQueue;
  readonly logger: Logger;
}

const tooSlow = () =>
  unavailable('The cancelling was not confirmed in time; ask again, the order is cancelled once.', 2);

const path = z.object({ id: uuid });

const refused = ({ id, rejectReason }: OrderView) =>
  conflict(`Order ${id} was REJECTED (${rejectReason}): nothing was deducted, there is nothing to cancel.`);

/**
 * Where clients cancel orders. The same request again, also after an answer that got lost, begins
 * nothing new and is answered by what the order is then.
 */
export function cancelRoutes(router: Router, { cancelQueue, logger }: CancelRoutesOptions): void {
  router
    .route('/orders/:id/cancel')
    .post(async (request, response) => {
      const { id: orderId } = parseInput(path, request.params, 'path');
      const { reason } = parseInput(cancelOrderRequest, request.body ?? {}, 'body');
      const traceparent = request.get('traceparent');
      const cancelling = cancelQueue.submit({ orderId, reason, traceparent });
      const { cancellation, order } = await withTimeout(cancelling, ANSWER_MS, tooSlow);
      if (cancellation.kind === 'cancelling')
        logger.info({ reason, orderId, messageId: cancellation.messageId }, 'order is being cancelled');
      if (cancellation.kind === 'unknown' || order === undefined)
        throw notFound(`There is no order ${orderId}.`);
      if (order.status === 'REJECTED') throw refused(order);
      sendJson(response, order.status === 'CANCELLED' ? 200 : 202, order);
    })
    .all(methodNotAllowed(['POST']));
}
