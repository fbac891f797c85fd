import pg from 'pg';

/** Runs SQL directly on a database, bypassing the services. */
export interface Database {
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The single value of a single row, such as a count. */
  value<T>(sql: string, values?: readonly unknown[]): Promise<T>;
  close(): Promise<void>;
}

/** Connects at the first query and reconnects after the database was killed. */
export function openDatabase(url: string): Database {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 30_000 });
  pool.on('error', () => {
    // The test killed the database; the next query reconnects.
  });
  async function query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await pool.query(sql, [...values]);
    return rows;
  }
  return {
    query,
    async value<T>(sql: string, values: readonly unknown[] = []): Promise<T> {
      const [row = {}] = await query<Record<string, T>>(sql, values);
      return Object.values(row)[0] as T;
    },
    close: () => pool.end(),
  };
}
