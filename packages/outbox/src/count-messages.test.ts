import { describe, expect, it } from 'vitest';
import { sumUp } from './count-messages.js';

const row = (
  part: 'new' | 'timed' | 'dead' | 'finished',
  status: 'PENDING' | 'PUBLISHED' | 'COMPLETED' | 'DEAD',
  count: number,
  age: number,
) => ({ part, status, topic: 't', count, leased: 0, age }) as const;

describe('metrics-at-size: adding up counts', () => {
  it('metrics-at-size: counts below the limit are exact', () => {
    const rows = [
      row('new', 'PENDING', 99, 3),
      row('timed', 'PUBLISHED', 99, 9),
      row('dead', 'DEAD', 99, 50),
    ];
    expect(sumUp(rows, 100)).toEqual({
      counts: { PENDING: 99, PUBLISHED: 99, COMPLETED: 0, DEAD: 99, DISCARDED: 0 },
      atLeast: [],
      inFlight: 0,
      oldestUnfinishedSeconds: 9,
    });
  });

  it('metrics-at-size: counts of an incompletely read part are lower bounds', () => {
    expect(sumUp([row('new', 'PENDING', 60, 1), row('new', 'PUBLISHED', 40, 1)], 100).atLeast).toEqual([
      'PENDING',
      'PUBLISHED',
    ]);
    expect(sumUp([row('finished', 'COMPLETED', 100, 1)], 100).atLeast).toEqual(['COMPLETED', 'DISCARDED']);
    expect(sumUp([row('dead', 'DEAD', 100, 1)], 100).atLeast).toEqual(['DEAD']);
  });
});
