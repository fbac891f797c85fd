import { orderRoutes as contracts } from '@lmt/contracts/routes';
import { addRoutes, conflict, type Logger, notFound, route } from '@lmt/service-kit';
import { logFields, type Tracing } from '@lmt/tracing';
import type { Router } from 'express';
import type { CancelQueue } from './cancel-queue.js';

export interface CancelRoutesOptions {
  readonly cancelQueue: CancelQueue;
  readonly logger: Logger;
  readonly tracing?: Tracing | null;
}

/**
 * Adds the route on which clients cancel orders. A repeated request, for example after a lost
 * response, starts no second cancellation and returns the current order.
 */
export function cancelRoutes(router: Router, { cancelQueue, logger, tracing }: CancelRoutesOptions): void {
  const cancelOrder = route(contracts.cancelOrder).answer(async ({ params, body: { reason } }, request) => {
    const orderId = params.id;
    const traceparent = request.get('traceparent');
    const { cancellation, order } = await cancelQueue.submit({ orderId, reason, traceparent });
    if (cancellation.kind === 'cancelling')
      logger.info(
        {
          reason,
          orderId,
          messageId: cancellation.messageId,
          ...(tracing && logFields(traceparent)),
        },
        'order is being cancelled',
      );
    if (cancellation.kind === 'unknown' || order === undefined)
      throw notFound(`There is no order ${orderId}.`);
    if (order.status === 'REJECTED')
      throw conflict(
        `Order ${orderId} was REJECTED (${order.rejectReason}): no stock was deducted, so there is nothing to cancel.`,
      );
    return { status: order.status === 'CANCELLED' ? 200 : 202, body: order };
  });
  addRoutes(router, [cancelOrder]);
}
