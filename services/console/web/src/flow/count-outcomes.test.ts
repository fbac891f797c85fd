import { expect, it } from 'vitest';
import { countOutcomes } from './count-outcomes.ts';

it('counts the outcomes of the placed orders and of no others', () => {
  const rejected = { status: 'REJECTED', rejectReason: 'not enough KEYBOARD' } as const;
  const orders = [
    { id: 'a', status: 'CONFIRMED' },
    { id: 'b', ...rejected },
    { id: 'c', ...rejected },
    { id: 'other', status: 'PENDING' },
  ] as const;
  expect(countOutcomes(['a', 'b', 'c'], orders)).toEqual([
    { status: 'REJECTED', reason: 'not enough KEYBOARD', count: 2 },
    { status: 'CONFIRMED', reason: null, count: 1 },
  ]);
});
