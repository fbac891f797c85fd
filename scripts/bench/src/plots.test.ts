import { describe, expect, it } from 'vitest';
import { plotBacklog, plotGrowth } from './plots.js';

describe('plotBacklog', () => {
  it('takes the median of the rounds of a size', () => {
    const drain = (size: number, cpuPerThousand: number) => ({ size, perSecond: 1, cpuPerThousand });
    const drains = [drain(1_000, 0.1), drain(500, 0.3), drain(1_000, 0.4), drain(1_000, 0.2)];
    const [series] = plotBacklog({ backlog: { raw: [], drains } }).series;
    expect(series?.points).toEqual([
      [500, 300],
      [1_000, 200],
    ]);
  });
});

describe('plotGrowth', () => {
  it('draws one line for each statement, an empty table at the start of the axis', () => {
    const point = (rows: number, statement: string, buffersPerMessage: number) => ({
      rows,
      statement,
      callsPerThousand: 2,
      buffersPerMessage,
      usPerMessage: 1,
      walPerMessage: 1,
    });
    const plot = plotGrowth([point(1e6, 'claim', 5), point(0, 'claim', 4), point(0, 'mark', 2)]);
    expect(plot.series).toEqual([
      {
        name: 'claim',
        points: [
          [1_000, 4],
          [1e6, 5],
        ],
      },
      { name: 'mark', points: [[1_000, 2]] },
    ]);
  });
});
