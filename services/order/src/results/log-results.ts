import type { MessageResultsResponse } from '@lmt/contracts';
import { throttleLog } from '@lmt/resilience';
import type { Logger } from '@lmt/service-kit';
import { statusChange } from '../orders/order-status.js';
import type { AppliedResults } from './apply-results.js';

type Answer = MessageResultsResponse['results'][number];

const NO_SUCH_MESSAGE = 'results rejected: the order has no such message';
// Log lines for results that were not applied because of a fault, by status.
const FAULTS: Partial<Record<Answer['status'], string>> = {
  mismatch: NO_SUCH_MESSAGE,
  unknown: NO_SUCH_MESSAGE,
  locked: 'results not applied: another transaction holds the order or its message',
  invalid: 'results rejected: they cannot be read',
  unsupported: 'results not applied: a newer order service may know their outcome',
};

/**
 * Returns a function that logs the results of a request that were not applied because of a fault.
 * Logs at most one line in ten seconds for each status, with the first result as a sample.
 */
export function createFaultLog(logger: Logger): (answers: readonly Answer[]) => void {
  const logs = Object.entries(FAULTS).map(([status, text]) => {
    const write = throttleLog<Answer & { readonly results: number }>((details, requests) =>
      logger.warn({ ...details, requests }, text),
    );
    return { status, write };
  });
  return (answers) => {
    for (const { status, write } of logs) {
      const faulty = answers.filter((answer) => answer.status === status);
      const [sample] = faulty;
      if (sample !== undefined) write({ results: faulty.length, ...sample });
    }
  };
}

export function logResults(
  logger: Logger,
  { applied, changed }: AppliedResults,
  traceFields?: (messageId: string) => object,
): void {
  const orders = new Map(changed.map((order) => [order.id, order]));
  for (const { result, status, type, newStatus } of applied) {
    const { outcome, reason, key: orderId, messageId } = result;
    const ids = { orderId, messageId, ...traceFields?.(messageId) };
    const order = orders.get(orderId);
    if (status === 'duplicate') logger.debug({ outcome, ...ids }, 'duplicate result ignored');
    if (status !== 'applied') continue;
    if (newStatus === 'DEAD')
      logger.error({ outcome, reason, ...ids }, 'message is DEAD: the consumer could not process it');
    else if (order === undefined || statusChange(type ?? '', outcome)?.to !== order.status)
      logger.info({ outcome, ...ids }, 'message completed, order already in another state');
    else {
      const rejected = order.rejectReason === null ? {} : { reason: order.rejectReason };
      logger.info({ ...rejected, ...ids }, `order ${order.status}`);
    }
  }
}
