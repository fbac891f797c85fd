import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusChange } from './order-status.js';

const TERMINAL: OrderStatus[] = ['REJECTED', 'CANCELLED'];

describe('the status of an order', () => {
  it('follows the result of its placement', () => {
    expect(statusChange(ORDER_PLACED, 'SUCCEEDED')).toEqual({ from: 'PENDING', to: 'CONFIRMED' });
    expect(statusChange(ORDER_PLACED, 'REJECTED')).toEqual({ from: 'PENDING', to: 'REJECTED' });
  });

  it('stays when the consumer gave up: the message is dead, the order waits for a person', () => {
    expect(statusChange(ORDER_PLACED, 'FAILED')).toBeNull();
    expect(statusChange(ORDER_CANCELLED, 'FAILED')).toBeNull();
  });

  it('never leaves a terminal state, whatever results come in whatever order', () => {
    const results = fc.array(
      fc.record({
        type: fc.constantFrom(ORDER_PLACED, ORDER_CANCELLED),
        outcome: fc.constantFrom<Outcome>('SUCCEEDED', 'REJECTED', 'FAILED'),
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom<OrderStatus>('PENDING', 'CANCELLING'), results, (start, events) => {
        let status: OrderStatus = start;
        for (const { type, outcome } of events) {
          const change = statusChange(type, outcome);
          if (change === null || change.from !== status) continue;
          expect(TERMINAL).not.toContain(status);
          status = change.to;
        }
      }),
    );
  });
});
