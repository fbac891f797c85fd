// The table of npm run bench -- --growth.
import { markdownTable } from './format.js';
import type { GrowthResults } from './growth.js';
import type { GrowthPoint } from './plots.js';
import { formatMachine } from './report.js';

const RATIO = 'last / first';

type Levels = GrowthResults['levels'];

/** Formats a figure: a line for each statement, a column for each level. */
function formatFigure(levels: Levels, read: (point: GrowthPoint) => number, digits: number): string {
  const names = [...new Set(levels.flatMap(({ points }) => points.map(({ statement }) => statement)))];
  const format = (level: Levels[number], name: string) => {
    const point = level.points.find(({ statement }) => statement === name);
    return point ? read(point).toFixed(level.name === RATIO ? 2 : digits) : '-';
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

/** Appends the ratio of the last level's cost to the first level's. */
function addRatio(levels: Levels): Levels {
  const [first, last] = [levels[0], levels.at(-1)];
  if (first === undefined || last === undefined || first === last) return levels;
  const points = last.points.flatMap((point) => {
    const before = first.points.find(({ statement }) => statement === point.statement);
    return before ? divide(point, before) : [];
  });
  return [...levels, { ...last, name: RATIO, points }];
}

const divide = (point: GrowthPoint, by: GrowthPoint): GrowthPoint => ({
  ...point,
  callsPerThousand: point.callsPerThousand / by.callsPerThousand,
  buffersPerMessage: point.buffersPerMessage / by.buffersPerMessage,
  usPerMessage: point.usPerMessage / by.usPerMessage,
  walPerMessage: point.walPerMessage / by.walPerMessage,
});

export function formatGrowth({ machine, levels, snapshot }: GrowthResults): string {
  const tables = [
    { suffix: '', levels: addRatio(levels) },
    { suffix: ', while a snapshot is held', levels: snapshot },
  ].filter((table) => table.levels.length > 0);
  return [
    formatMachine({ machine }),
    ...tables.flatMap((table) =>
      FIGURES.flatMap(([title, read, digits]) => [
        `${title}${table.suffix}:`,
        formatFigure(table.levels, read, digits),
      ]),
    ),
  ].join('\n\n');
}
