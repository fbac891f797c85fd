import type { MessageResult } from '@lmt/contracts';
import type { BatchMember, SpanStart, Tracing } from '@lmt/tracing';
import type { AppliedResults } from './apply-results.js';

type Apply = (results: readonly MessageResult[]) => Promise<AppliedResults>;

const CALLBACK: SpanStart = {
  name: 'POST /internal/message-results',
  kind: 'server',
  attributes: { 'http.request.method': 'POST', 'http.route': '/internal/message-results' },
};

/**
 * Records, in the trace of each result, the span of its callback and below it the span of the
 * transaction that completes the message.
 */
export function traceResults(tracing: Tracing, apply: Apply): Apply {
  return async (results) => {
    const toMember = ({ messageId, orderId, outcome, traceparent }: MessageResult): BatchMember => ({
      parent: traceparent,
      attributes: { 'messaging.message.id': messageId, 'order.id': orderId, 'message.outcome': outcome },
    });
    const members = results.map(toMember);
    const callback = tracing.startBatch(CALLBACK, members);
    const attributes = { 'db.system.name': 'postgresql', 'db.operation.batch.size': results.length };
    const transaction = tracing.startBatch(
      { name: 'complete message', kind: 'client', attributes },
      members.map((member, index) => ({ ...member, parent: callback.traceparents[index] })),
    );
    try {
      const applied = await apply(results);
      const toEnd = (index: number) => {
        const { status, newStatus } = applied.applied[index] ?? {};
        return { attributes: { 'message.result': `${status}`, 'message.status': `${newStatus}` } };
      };
      transaction.end({}, toEnd);
      callback.end({}, toEnd);
      return applied;
    } catch (error) {
      const failure = { error: String(error).slice(-200) };
      transaction.end(failure);
      callback.end(failure);
      throw error;
    }
  };
}
