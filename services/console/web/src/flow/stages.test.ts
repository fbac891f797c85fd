import { expect, it } from 'vitest';
import { toStages } from './stages.ts';

const split = (pending: number, published: number, inFlight: number) =>
  toStages({
    counts: { PENDING: pending, PUBLISHED: published, COMPLETED: 0, DEAD: 0, DISCARDED: 0 },
    inFlight,
    atLeast: [],
    oldestUnfinishedSeconds: null,
  });

it('does not count a message in flight as waiting', () => {
  expect(split(5, 3, 2)).toEqual({ waiting: 3, inFlight: 2, published: 3 });
});

it('takes republished messages in flight from those that wait for a result', () => {
  expect(split(0, 7, 4)).toEqual({ waiting: 0, inFlight: 4, published: 3 });
  expect(split(1, 7, 4)).toEqual({ waiting: 0, inFlight: 4, published: 4 });
});
