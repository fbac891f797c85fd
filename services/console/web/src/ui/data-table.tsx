import type { ReactNode } from 'react';
import styles from './data-table.module.css';

export interface Column<T> {
  readonly id: string;
  readonly header: ReactNode;
  readonly cell: (row: T) => ReactNode;
  /** `number`: aligned at the end. `tight`: as narrow as its content, on one line. */
  readonly kind?: 'number' | 'tight';
}

interface DataTableProps<T> {
  /** Names the table for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
}

// A region that scrolls must take the focus, so that the keyboard can scroll it.
const reachable = { tabIndex: 0 };

/**
 * A table of rows. On a phone each row wraps into lines, with the headers of its numbers. Between
 * the two, the table scrolls sideways within itself.
 */
export function DataTable<T>({ label, columns, rows, rowKey }: DataTableProps<T>) {
  const toClass = (column: Column<T>) => (column.kind === undefined ? undefined : styles[column.kind]);
  return (
    <div className={styles.scroll} {...reachable}>
      <table className={styles.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={toClass(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td
                  key={column.id}
                  className={toClass(column)}
                  data-header={typeof column.header === 'string' ? column.header : undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
