import { describe, expect, it } from 'vitest';
import { STAGE_NAMES, toStages, toTimes } from './stages.js';

const row = {
  id: 'a',
  createdAt: 11,
  claimedAt: 13,
  publishedAt: 16,
  receivedAt: 20,
  processedAt: 25,
  sentAt: 31,
  completedAt: 38,
};

describe('toStages', () => {
  it('splits an order into stages that add up to the whole', () => {
    const stages = toStages(toTimes([row], [{ id: 'a', dueAt: 10 }]));
    expect(stages.map(({ name }) => name)).toEqual(STAGE_NAMES);
    expect(stages.map(({ p50 }) => p50)).toEqual([1, 2, 3, 4, 5, 6, 7, 28]);
  });

  it('leaves an order out of a stage whose time is unknown', () => {
    const rows = [row, { ...row, id: 'b', sentAt: null }];
    const due = ['a', 'b', 'unknown'].map((id) => ({ id, dueAt: 10 }));
    expect(toStages(toTimes(rows, due)).map(({ count }) => count)).toEqual([2, 2, 2, 2, 2, 1, 1, 2]);
  });
});
