// The plots of docs/benchmarks.md.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toSpread } from './percentiles.js';
import type { Results } from './phases.js';
import { drawPlot, type Plot } from './svg-plot.js';

/** The latency of the main run's fixed rates. */
export function plotLatency({ latency }: Pick<Results, 'latency'>): Plot {
  const rows = latency.toSorted((a, b) => a.rate - b.rate);
  return {
    title: 'Latency from POST to COMPLETED',
    xLabel: 'orders per second',
    yLabel: 'milliseconds',
    series: (['p50', 'p95', 'p99'] as const).map((name) => ({
      name,
      points: rows.map(({ rate, completed }) => [rate, completed[name]] as const),
    })),
  };
}

/** The CPU time per message of a drained backlog. */
export function plotBacklog({ backlog }: Pick<Results, 'backlog'>): Plot {
  const sizes = [...new Set(backlog.drains.map(({ size }) => size))].sort((a, b) => a - b);
  const cost = (size: number) =>
    toSpread(backlog.drains.flatMap((drain) => (drain.size === size ? drain.cpuPerThousand * 1_000 : [])))
      .median;
  return {
    title: 'Cost of a message over the backlog',
    xLabel: 'waiting messages',
    yLabel: 'CPU of relay and Postgres, us per message',
    xScale: 'log',
    series: [{ name: 'to Kafka and marked', points: sizes.map((size) => [size, cost(size)] as const) }],
  };
}

/** What a statement costs in a table with so many finished rows. */
export interface GrowthPoint {
  readonly rows: number;
  readonly statement: string;
  readonly callsPerThousand: number;
  readonly buffersPerMessage: number;
  readonly usPerMessage: number;
  readonly walPerMessage: number;
}

/** An empty table is drawn at the lowest power of ten, because a logarithmic axis has no 0. */
const EMPTY = 1_000;

export function plotGrowth(points: readonly GrowthPoint[]): Plot {
  const statements = [...new Set(points.map(({ statement }) => statement))];
  return {
    title: 'Cost of a message over finished rows',
    xLabel: `finished rows (${EMPTY.toLocaleString('en-US')} stands for none)`,
    yLabel: 'buffers per message',
    xScale: 'log',
    series: statements.map((name) => ({
      name,
      points: points
        .filter(({ statement }) => statement === name)
        .map(({ rows, buffersPerMessage }) => [Math.max(EMPTY, rows), buffersPerMessage] as const)
        .sort(([a], [b]) => a - b),
    })),
  };
}

/** Writes each plot to `NAME.svg` in the folder. */
export async function writePlots(folder: string, plots: Readonly<Record<string, Plot>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, plot] of Object.entries(plots)) {
    await writeFile(join(folder, `${name}.svg`), drawPlot(plot));
  }
}
