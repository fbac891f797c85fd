// Rows of text in columns, as wide as a page.
import { fitted } from './printable.js';

const pageWidth = 120;
const gap = '  ';

export interface Column {
  title: string;
  /** flush right */
  right?: boolean;
  /** characters */
  most?: number;
}

/** The last column gets what the others leave. A note stands on a line of its own below its row. */
export function inColumns(
  columns: readonly Column[],
  rows: readonly { cells: readonly string[]; note?: string | null }[],
) {
  const widths = columns.map(({ title, most = pageWidth }, index) =>
    Math.min(
      most,
      Math.max(title.length, ...rows.map(({ cells }) => [...fitted(cells[index] ?? '', most)].length)),
    ),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + gap.length, 0);
  widths[widths.length - 1] = Math.max(1, pageWidth - before);

  const line = (cells: readonly string[]) =>
    columns
      .map(({ right }, index) => {
        const width = widths[index] ?? 0;
        const cell = fitted(cells[index] ?? '', width);
        const blank = ' '.repeat(width - [...cell].length);
        return right ? blank + cell : cell + blank;
      })
      .join(gap)
      .trimEnd();

  const lines = [line(columns.map(({ title }) => title))];
  for (const { cells, note } of rows) {
    lines.push(line(cells));
    if (note) lines.push(`    ${fitted(note, pageWidth - 4)}`);
  }
  return lines.join('\n');
}
