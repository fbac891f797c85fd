import { describe, expect, it } from 'vitest';
import { drawPlot, linearTicks, logTicks } from './svg-plot.js';

describe('linearTicks', () => {
  it.each([
    [9, [0, 2, 4, 6, 8, 10]],
    [100, [0, 20, 40, 60, 80, 100]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0, [0, 1]],
  ])('encloses 0 to %d', (max, expected) => {
    expect(linearTicks(max)).toEqual(expected);
  });
});

describe('logTicks', () => {
  it.each([
    [3, 40, [1, 10, 100]],
    [10, 10, [10, 100]],
    [1_000, 10_000_000, [1_000, 10_000, 100_000, 1_000_000, 10_000_000]],
  ])('encloses %d to %d', (min, max, expected) => {
    expect(logTicks(min, max)).toEqual(expected);
  });
});

describe('drawPlot', () => {
  const plot = {
    title: 'a < b',
    xLabel: 'x',
    yLabel: 'y',
    series: [
      {
        name: 'p50',
        points: [
          [0, 0],
          [100, 10],
        ],
      },
    ],
  } as const;

  it('draws the points within the axes', () => {
    expect(drawPlot(plot)).toContain('points="72.0,344.0 680.0,76.0"');
  });

  it('escapes text and has colours for a dark page', () => {
    const svg = drawPlot(plot);
    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).not.toContain('NaN');
  });

  it('places a power of ten at its tick on a logarithmic axis', () => {
    const series = [
      {
        name: 'cost',
        points: [
          [10, 1],
          [100, 1],
          [1_000, 1],
        ],
      },
    ] as const;
    expect(drawPlot({ ...plot, xScale: 'log', series })).toContain(
      'points="72.0,76.0 376.0,76.0 680.0,76.0"',
    );
  });

  it('throws an error without points', () => {
    expect(() => drawPlot({ ...plot, series: [] })).toThrow('has no point');
  });
});
