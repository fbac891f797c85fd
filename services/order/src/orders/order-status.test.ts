import { ORDER_CANCELLED, ORDER_PLACED, type OrderStatus, type Outcome } from '@lmt/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANCELLABLE, CANNOT_BE_REJECTED, statusChange } from './order-status.js';

const TERMINAL: OrderStatus[] = ['REJECTED', 'CANCELLED'];

describe('the status of an order', () => {
  it('follows the result of its placement', () => {
    expect(statusChange(ORDER_PLACED, 'SUCCEEDED')).toEqual({ from: 'PENDING', to: 'CONFIRMED' });
    expect(statusChange(ORDER_PLACED, 'REJECTED')).toEqual({ from: 'PENDING', to: 'REJECTED' });
  });

  it('stays PENDING after FAILED: the message is DEAD and an operator decides', () => {
    expect(statusChange(ORDER_PLACED, 'FAILED')).toBeNull();
    expect(statusChange(ORDER_CANCELLED, 'FAILED')).toBeNull();
  });

  it('never leaves a terminal state, for any results in any order', () => {
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

describe('placing and cancelling an order, with reordered, late and repeated results', () => {
  type Step =
    | 'cancel'
    | { readonly type: typeof ORDER_PLACED | typeof ORDER_CANCELLED; readonly outcome: Outcome };
  const outcome = fc.constantFrom<Outcome>('SUCCEEDED', 'REJECTED', 'FAILED');
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant('cancel' as const),
    fc.record({ type: fc.constantFrom(ORDER_PLACED, ORDER_CANCELLED), outcome }),
  );

  /** Applies the steps to an order and its two messages, as the two transactions do. */
  function follow(steps: readonly Step[]) {
    const passed: OrderStatus[] = ['PENDING'];
    const completed = new Map<string, Outcome>();
    let cancelled = false;
    for (const one of steps) {
      const status = passed.at(-1) as OrderStatus;
      if (one === 'cancel') {
        if (!CANCELLABLE.includes(status)) continue;
        cancelled = true;
        passed.push('CANCELLING');
        continue;
      }
      const { type, outcome } = one;
      // A result needs its message to exist. A completed message accepts no other result.
      if ((type === ORDER_CANCELLED && !cancelled) || completed.has(type)) continue;
      if (outcome === 'FAILED' || (outcome === 'REJECTED' && CANNOT_BE_REJECTED.includes(type))) continue;
      completed.set(type, outcome);
      const change = statusChange(type, outcome);
      if (change?.from === status) passed.push(change.to);
    }
    return { passed, completed, cancelled, end: passed.at(-1) };
  }

  it('takes one of seven paths and ends in the state that its completed messages imply', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const { passed, completed, cancelled, end } = follow(steps);
        expect([
          'PENDING',
          'PENDING CONFIRMED',
          'PENDING REJECTED',
          'PENDING CANCELLING',
          'PENDING CANCELLING CANCELLED',
          'PENDING CONFIRMED CANCELLING',
          'PENDING CONFIRMED CANCELLING CANCELLED',
        ]).toContain(passed.join(' '));
        if (cancelled) expect(end).toBe(completed.has(ORDER_CANCELLED) ? 'CANCELLED' : 'CANCELLING');
        else if (completed.has(ORDER_PLACED))
          expect(end).toBe(completed.get(ORDER_PLACED) === 'SUCCEEDED' ? 'CONFIRMED' : 'REJECTED');
        else expect(end).toBe('PENDING');
      }),
      { numRuns: 1_000 },
    );
  });

  it('ends in the same state when every event is repeated', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const again = steps.flatMap((one) => [one, one]);
        expect(follow(again)).toEqual(follow(steps));
        // Only results arrive late. A repeated cancellation may have an effect, if the first had
        // none.
        const late = steps.filter((one) => one !== 'cancel');
        const { completed, end } = follow(steps);
        if (completed.size === 2 || end === 'REJECTED')
          expect(follow([...steps, ...late])).toEqual(follow(steps));
      }),
    );
  });
});
