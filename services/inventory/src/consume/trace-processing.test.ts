import type { BatchSpan, SpanEnd, Tracing } from '@lmt/tracing';
import { describe, expect, it } from 'vitest';
import type { OrderMessage } from './decode-message.js';
import type { ProcessedBatch } from './process-orders.js';
import { traceProcessing } from './trace-processing.js';

const SOURCE = { system: 'kafka', topic: 'order-events', group: 'inventory' } as const;
const traceparent = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

const aMessage = (id: string, digit: string): OrderMessage => ({
  id,
  key: `order-${id}`,
  type: 'order.cancelled.v1',
  receivedAt: '2026-01-01T00:00:00.000Z',
  payload: { orderId: `order-${id}`, cancelledAt: '2026-01-01T00:00:00.000Z' },
  traceparent: traceparent(digit),
});

/** Records how the spans of each member end. */
function recordEnds() {
  const ends: SpanEnd[] = [];
  const tracing: Pick<Tracing, 'startBatch'> = {
    startBatch: (_, members): BatchSpan => ({
      traceparents: members.map((_, index) => traceparent(String(index + 1))),
      end(end = {}, of = () => ({})) {
        for (const index of members.keys()) ends.push({ ...end, ...of(index) });
      },
    }),
  };
  return { ends, tracing: tracing as Tracing };
}

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
  it('show the second copy in a batch as a duplicate, like a redelivery', async () => {
    const { ends, tracing } = recordEnds();
    const process = traceProcessing(tracing, SOURCE, async ([first, , other]) =>
      toBatch({ applied: [first, other].flatMap((one, index) => (one ? [toResult(one, index === 0)] : [])) }),
    );
    await process([aMessage('a', 'a'), aMessage('a', 'a'), aMessage('b', 'b')]);
    expect(ends).toEqual([end(false), end(true), end(true)]);
  });

  it('fail for a message whose id is taken', async () => {
    const { ends, tracing } = recordEnds();
    const process = traceProcessing(tracing, SOURCE, async ([message]) =>
      toBatch({
        conflicts: message
          ? [{ kind: 'conflict', message, usedBy: { type: 'order.placed.v1', key: 'another order' } }]
          : [],
      }),
    );
    await process([aMessage('a', 'a')]);
    expect(ends).toEqual([{ error: 'message id already used' }]);
  });

  it('fail with the transaction, and pass on the trace context of each span', async () => {
    const { ends, tracing } = recordEnds();
    const seen: unknown[] = [];
    const process = traceProcessing(tracing, SOURCE, async (messages) => {
      seen.push(...messages.map((message) => message.traceparent));
      throw new Error('deadlock detected');
    });
    await expect(process([aMessage('a', 'a'), aMessage('b', 'b')])).rejects.toThrow('deadlock detected');
    expect(seen).toEqual([traceparent('1'), traceparent('2')]);
    expect(ends).toEqual([{ error: 'deadlock detected' }, { error: 'deadlock detected' }]);
  });
});
