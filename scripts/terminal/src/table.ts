// Rows of text in columns. Cells may hold untrusted text, which is escaped.
import { truncate } from './printable.js';

export interface Column {
  /** A header line is printed when at least one column has a title. */
  readonly title?: string;
  readonly align?: 'left' | 'right';
  /** In characters. A longer cell is truncated. */
  readonly maxWidth?: number;
}

export interface TableOptions {
  /** Spaces before each line. */
  readonly indent?: number;
  /** The last column fills the page. Without a page width, each column is as wide as its cells. */
  readonly pageWidth?: number;
  /** Returns the line to print below the row at this index, indented by four spaces. */
  readonly note?: (row: number) => string | null | undefined;
}

const GAP = '  ';
const NOTE_INDENT = 4;
const measureWidth = (text: string) => [...text].length;

export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { indent = 0, pageWidth = Number.POSITIVE_INFINITY, note = () => null }: TableOptions = {},
): string {
  const titles = columns.map(({ title }) => title ?? '');
  const shown = titles.some(Boolean) ? [titles, ...rows] : rows;
  const widths = columns.map(({ maxWidth = pageWidth }, column) =>
    Math.max(0, ...shown.map((row) => measureWidth(truncate(row[column] ?? '', maxWidth)))),
  );
  if (Number.isFinite(pageWidth)) {
    const others = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, indent);
    widths[widths.length - 1] = Math.max(1, pageWidth - others);
  }

  const formatRow = (row: readonly string[]) => {
    const cells = columns.map(({ align }, column) => {
      const width = widths[column] ?? 0;
      const cell = truncate(row[column] ?? '', width);
      const blank = ' '.repeat(width - measureWidth(cell));
      return align === 'right' ? blank + cell : cell + blank;
    });
    return (' '.repeat(indent) + cells.join(GAP)).trimEnd();
  };

  const lines = shown.slice(0, shown.length - rows.length).map(formatRow);
  for (const [index, row] of rows.entries()) {
    lines.push(formatRow(row));
    const text = note(index);
    if (text) lines.push(' '.repeat(NOTE_INDENT) + truncate(text, pageWidth - NOTE_INDENT));
  }
  return lines.join('\n');
}
