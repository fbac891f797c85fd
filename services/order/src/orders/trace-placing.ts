import type { Tracing } from '@lmt/tracing';
import type { NewOrder, Placement } from './place-orders.js';

type Place = (orders: readonly NewOrder[]) => Promise<PromiseSettledResult<Placement>[]>;

/** Records the span of each order's transaction, below the request's span. */
export function tracePlacing(tracing: Tracing, place: Place): Place {
  return async (orders) => {
    const attributes = {
      'db.system.name': 'postgresql',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'orders',
      'db.operation.batch.size': orders.length,
    };
    const batch = tracing.startBatch(
      { name: 'INSERT orders', kind: 'client', attributes },
      orders.map(({ id, messageId, traceparent }) => ({
        parent: traceparent,
        attributes: { 'order.id': id, 'messaging.message.id': messageId },
      })),
    );
    try {
      const outcomes = await place(orders);
      batch.end({}, (index) => {
        const outcome = outcomes[index];
        return outcome?.status === 'rejected' ? { error: String(outcome.reason).slice(-200) } : {};
      });
      return outcomes;
    } catch (error) {
      batch.end({ error: String(error).slice(-200) });
      throw error;
    }
  };
}
