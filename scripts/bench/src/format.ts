// Figures and tables as text.
import { type Column, formatNumber, formatTable } from '@lmt/terminal';
import type { Spread } from './percentiles.js';

export const whole = (value: number) => formatNumber(Math.round(value));
export const milliseconds = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
export const cores = (value: number) => `${value.toFixed(2)} cores`;
export const cpu = (seconds: number) => `${seconds.toFixed(3)} s`;
export const ratio = (value: number) => (Number.isFinite(value) ? `${value.toFixed(2)} x` : '-');
export const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

/** Median of several rounds, with the lowest and the highest if they are not all the same. */
export const spread = ({ min, median, max }: Spread, format: (value: number) => string) =>
  min === max ? format(median) : `${format(median)} (${format(min)}-${format(max)})`;

export type Columns<Row> = Readonly<Record<string, (row: Row) => string>>;

/** Formats a table for a terminal. The first column holds labels, the others numbers. */
export function textTable<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  return formatTable(
    Object.keys(columns).map((title, index): Column => ({ title, align: index === 0 ? 'left' : 'right' })),
    rows.map((row) => Object.values(columns).map((format) => format(row))),
    { indent: 2 },
  );
}

/** Formats a table in Markdown. The first column holds labels, the others numbers. */
export function markdownTable<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const titles = Object.keys(columns);
  return [
    toLine(titles),
    toLine(titles.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map((row) =>
      toLine(
        Object.values(columns).map((format) => format(row).replaceAll('|', '\\|').replaceAll('\n', ' ')),
      ),
    ),
  ].join('\n');
}
