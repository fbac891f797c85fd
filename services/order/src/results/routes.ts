import { messageResultsRequest } from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import {
  type Logger,
  logRefusals,
  type Metrics,
  methodNotAllowed,
  parseInput,
  requireSignature,
  type Secrets,
  sendJson,
} from '@lmt/service-kit';
import type { Router } from 'express';
import { statusChange } from '../orders/order-status.js';
import { type AppliedResults, applyResults, type ChangedOrder } from './apply-results.js';

export interface ResultRoutesOptions {
  readonly database: OrderDatabase;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told of the orders that results have moved. */
  readonly onChanged: (orders: readonly ChangedOrder[]) => void;
}

function logResults(logger: Logger, { applied, changed }: AppliedResults): void {
  const orders = new Map(changed.map((order) => [order.id, order]));
  for (const { result, status, type, newStatus } of applied) {
    const ids = { orderId: result.key, messageId: result.messageId };
    const order = orders.get(result.key);
    if (status === 'mismatch' || status === 'unknown') {
      logger.warn(
        { status, outcome: result.outcome, ...ids },
        'result refused: no such message of this order',
      );
    } else if (status === 'locked') {
      logger.warn(
        { outcome: result.outcome, ...ids },
        'result not taken: somebody keeps the order or its message locked',
      );
    } else if (status === 'duplicate') {
      logger.debug({ outcome: result.outcome, ...ids }, 'result known already');
    } else if (newStatus === 'DEAD') {
      const { outcome, reason } = result;
      logger.error({ outcome, reason, ...ids }, 'the consumer gave up on the message: it is DEAD');
    } else if (order === undefined || statusChange(type ?? '', result.outcome)?.to !== order.status) {
      logger.info({ outcome: result.outcome, ...ids }, 'message completed, the order had moved on');
    } else if (order.rejectReason === null) {
      logger.info(ids, `order ${order.status}`);
    } else {
      logger.info({ reason: order.rejectReason, ...ids }, `order ${order.status}`);
    }
  }
}

/** Where the consumers' results come in; on the internal port, signed. */
export function resultRoutes(
  router: Router,
  { database, secrets, logger, metrics, onChanged }: ResultRoutesOptions,
): void {
  const received = metrics.counter({
    name: 'outbox_results_total',
    help: 'Results that came in, by what they did',
    labelNames: ['status'],
  });
  router
    .route('/internal/message-results')
    .post(requireSignature(secrets, { onRefused: logRefusals(logger) }), async (request, response) => {
      const { results } = parseInput(messageResultsRequest, request.body, 'body');
      const outcome = await applyResults(database, results);
      logResults(logger, outcome);
      onChanged(outcome.changed);
      for (const { status } of outcome.applied) received.inc({ status });
      sendJson(response, 200, outcome.response);
    })
    .all(methodNotAllowed(['POST']));
}
