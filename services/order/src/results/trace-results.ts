import type { MessageResult } from '@lmt/contracts';
import { type BatchDescription, type Tracing, traceBatch } from '@lmt/tracing';
import type { AppliedResults } from './apply-results.js';

type ResultSpan = BatchDescription<MessageResult, AppliedResults>;

const describeItem: ResultSpan['describeItem'] = ({ messageId, orderId, outcome }) => ({
  'messaging.message.id': messageId,
  'order.id': orderId,
  'message.outcome': outcome,
});

const describeResult: ResultSpan['describeResult'] =
  ({ applied }) =>
  (index) => {
    const { status, newStatus } = applied[index] ?? {};
    return { attributes: { 'message.result': `${status}`, 'message.status': `${newStatus}` } };
  };

const callback: ResultSpan = {
  describeBatch: () => ({
    name: 'POST /internal/message-results',
    kind: 'server',
    attributes: { 'http.request.method': 'POST', 'http.route': '/internal/message-results' },
  }),
  describeItem,
  describeResult,
};

const transaction: ResultSpan = {
  describeBatch: (results) => ({
    name: 'complete message',
    kind: 'client',
    attributes: { 'db.system.name': 'postgresql', 'db.operation.batch.size': results.length },
  }),
  describeItem,
  describeResult,
};

/**
 * Records, in the trace of each result, the span of its callback and below it the span of the
 * transaction that completes the message.
 */
export function traceResults(
  tracing: Tracing | null | undefined,
  results: readonly MessageResult[],
  apply: (results: readonly MessageResult[]) => Promise<AppliedResults>,
): Promise<AppliedResults> {
  return traceBatch(tracing, results, callback, (below) => traceBatch(tracing, below, transaction, apply));
}
