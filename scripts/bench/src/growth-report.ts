// The table of npm run bench -- --growth.
import { markdownTable } from './format.js';
import type { GrowthResults } from './growth.js';
import type { GrowthPoint } from './plots.js';
import { formatMachine } from './report.js';

type Levels = GrowthResults['levels'];

/** Formats a figure: a line for each statement, a column for each level. */
function formatFigure(levels: Levels, read: (point: GrowthPoint) => number, digits: number): string {
  const names = [...new Set(levels.flatMap(({ points }) => points.map(({ statement }) => statement)))];
  const format = (level: Levels[number], name: string) => {
    const point = level.points.find(({ statement }) => statement === name);
    return point ? read(point).toFixed(digits) : '-';
  };
  const columns = levels.map((level) => [level.name, (name: string) => format(level, name)] as const);
  return markdownTable(names, { statement: (name) => name, ...Object.fromEntries(columns) });
}

const FIGURES = [
  ['Buffers per message', (point: GrowthPoint) => point.buffersPerMessage, 1],
  ['Microseconds in Postgres per message', (point: GrowthPoint) => point.usPerMessage, 0],
  ['Bytes of WAL per message', (point: GrowthPoint) => point.walPerMessage, 0],
  ['Calls per 1,000 messages', (point: GrowthPoint) => point.callsPerThousand, 1],
] as const;

export function formatGrowth({ machine, levels, snapshot }: GrowthResults): string {
  const tables = [levels, snapshot].filter((group) => group.length > 0);
  return [
    formatMachine({ machine }),
    ...tables.flatMap((group) =>
      FIGURES.flatMap(([title, read, digits]) => [`${title}:`, formatFigure(group, read, digits)]),
    ),
  ].join('\n\n');
}
