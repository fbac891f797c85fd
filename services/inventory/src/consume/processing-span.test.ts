import { describe, expect, it } from 'vitest';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';
import { processingSpan } from './processing-span.js';

const { describeResult } = processingSpan({ system: 'kafka', topic: 'order-events', group: 'inventory' });

const aMessage = (id: string): OrderMessage => ({
  id,
  key: `order-${id}`,
  type: 'order.cancelled.v1',
  receivedAt: '2026-01-01T00:00:00.000Z',
  payload: { orderId: `order-${id}`, cancelledAt: '2026-01-01T00:00:00.000Z' },
});

const endsOf = (processed: ProcessedBatch, messages: readonly OrderMessage[]) =>
  messages.map((_, index) => describeResult(processed, messages)(index));

const outcome = { outcome: 'SUCCEEDED', processedAt: '2026-01-01T00:00:00.000Z' } as const;
const toResult = (message: OrderMessage, fresh: boolean) =>
  ({ kind: 'applied', message, result: outcome, duplicates: 0, fresh }) as const;
const toBatch = (fields: Partial<ProcessedBatch>): ProcessedBatch => ({
  applied: [],
  conflicts: [],
  effects: new Map(),
  ...fields,
});
const end = (duplicate: boolean) => ({
  attributes: { 'message.outcome': 'SUCCEEDED', 'message.duplicate': duplicate },
});

describe('the spans of processed messages', () => {
  it('show the second copy in a batch as a duplicate, like a redelivery', () => {
    const [first, copy, redelivered] = [aMessage('a'), aMessage('a'), aMessage('b')];
    const processed = toBatch({ applied: [toResult(first, true), toResult(redelivered, false)] });
    expect(endsOf(processed, [first, copy, redelivered])).toEqual([end(false), end(true), end(true)]);
  });

  it('fail for a message whose id is taken', () => {
    const message = aMessage('a');
    const usedBy = { type: 'order.placed.v1', key: 'another order' };
    const processed = toBatch({ conflicts: [{ kind: 'conflict', message, usedBy }] });
    expect(endsOf(processed, [message])).toEqual([{ error: 'message id already used' }]);
  });
});
