import {
  type MessageResult,
  type MessageResultsResponse,
  messageResultsRequest,
  readMessageResult,
  type UnreadableResult,
} from '@lmt/contracts';
import type { OrderDatabase } from '@lmt/prisma-order';
import { throttleLog } from '@lmt/resilience';
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

const isReadable = (result: MessageResult | UnreadableResult): result is MessageResult =>
  !('status' in result);

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
  const logUnreadable = throttleLog<{ readonly results: number } & UnreadableResult>((details, requests) =>
    logger.warn({ ...details, requests }, 'unreadable results refused, the others applied'),
  );
  router
    .route('/internal/message-results')
    .post(requireSignature(secrets, { logger }), async (request, response) => {
      const { results } = parseInput(messageResultsRequest, request.body, 'body');
      const read = results.map(readMessageResult);
      const outcome = await applyResults(database, read.filter(isReadable));
      logResults(logger, outcome);
      const unreadable = read.flatMap((result) => (isReadable(result) ? [] : [result]));
      const [first] = unreadable;
      if (first !== undefined) logUnreadable({ results: unreadable.length, ...first });
      progressLog.recordChanged(outcome.changed);
      const applied = outcome.applied.map(({ result: { messageId }, status }) => ({ messageId, status }));
      const answers = read.flatMap<MessageResultsResponse['results'][number]>((result) =>
        isReadable(result) ? applied.splice(0, 1) : [result],
      );
      for (const { status } of answers) received.inc({ status });
      sendJson(response, 200, { results: answers } satisfies MessageResultsResponse);
    })
    .all(methodNotAllowed(['POST']));
}
