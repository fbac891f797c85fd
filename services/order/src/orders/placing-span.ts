import type { BatchDescription } from '@lmt/tracing';
import type { NewOrder, Placement } from './place-orders.js';

/** The span of each order's transaction, below the request's span. */
export const placingSpan: BatchDescription<NewOrder, readonly PromiseSettledResult<Placement>[]> = {
  describeBatch: (orders) => ({
    name: 'INSERT orders',
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': 'INSERT',
      'db.collection.name': 'orders',
      'db.operation.batch.size': orders.length,
    },
  }),
  describeItem: ({ id, messageId }) => ({ 'order.id': id, 'messaging.message.id': messageId }),
  describeResult: (outcomes) => (index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'rejected' ? { error: String(outcome.reason) } : {};
  },
};
