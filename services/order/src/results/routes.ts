import { type MessageResultsResponse, messageResultsRequest } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import {
  type Logger,
  type Metrics,
  methodNotAllowed,
  parseInput,
  requireSignature,
  type Secrets,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { statusChange } from '../orders/order-status.js';
import { type AppliedResults, applyResults } from './apply-results.js';
import type { ProgressLog } from './progress-log.js';

export interface ResultRoutesOptions {
  readonly database: OrderDatabase;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly progressLog: ProgressLog;
}

function logResults(logger: Logger, { applied, changed }: AppliedResults): void {
  const orders = new Map(changed.map((order) => [order.id, order]));
  for (const { result, status, type, newStatus } of applied) {
    const { outcome, reason, key: orderId, messageId } = result;
    const fields = { outcome, orderId, messageId };
    const order = orders.get(orderId);
    if (status === 'mismatch' || status === 'unknown')
      logger.warn({ status, ...fields }, 'result rejected: the order has no such message');
    else if (status === 'locked')
      logger.warn(fields, 'result not applied: another transaction holds the order or its message');
    else if (status === 'duplicate') logger.debug(fields, 'duplicate result ignored');
    else if (newStatus === 'DEAD')
      logger.error(
        { outcome, reason, orderId, messageId },
        'message is DEAD: the consumer could not process it',
      );
    else if (order === undefined || statusChange(type ?? '', outcome)?.to !== order.status)
      logger.info(fields, 'message completed, order already in another state');
    else {
      const rejected = order.rejectReason === null ? {} : { reason: order.rejectReason };
      logger.info({ ...rejected, orderId, messageId }, `order ${order.status}`);
    }
  }
}

/** Adds the internal route on which consumers report signed results. */
export function resultRoutes(
  router: Router,
  { database, secrets, logger, metrics, progressLog }: ResultRoutesOptions,
): void {
  const received = metrics.counter({
    name: 'outbox_results_total',
    help: 'Results received, by effect',
    labelNames: ['status'],
  });
  router
    .route('/internal/message-results')
    .post(requireSignature(secrets, { logger }), async (request, response) => {
      const { results } = parseInput(messageResultsRequest, request.body, 'body');
      const outcome = await applyResults(database, results);
      logResults(logger, outcome);
      progressLog.recordChanged(outcome.changed);
      for (const { status } of outcome.applied) received.inc({ status });
      const answers = outcome.applied.map(({ result, status }) => ({ messageId: result.messageId, status }));
      sendJson(response, 200, { results: answers } satisfies MessageResultsResponse);
    })
    .all(methodNotAllowed(['POST']));
}
