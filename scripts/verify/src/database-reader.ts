// A read-only connection to one of the two databases.
import pg from 'pg';

export const applicationName = 'lmt-verify';

const chunkRows = 5_000;
const connectMs = 5_000;
const statementMs = 180_000;

/** What was to be read can't be: not a verdict on it. */
export class UnreadableError extends Error {
  /** @override */
  name = 'UnreadableError';
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

export type DatabaseReader = Awaited<ReturnType<typeof openReader>>;

/**
 * Opens a connection on which everything is read as of one moment: that of this call. Nothing can be
 * written on it. The snapshot keeps dead rows from being vacuumed while it lasts, so close it soon.
 *
 * @param name of the database, for people
 */
export async function openReader(name: string, url: string) {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    // A server that stops answering does not run into its own timeout.
    query_timeout: statementMs + 5_000,
    options: '-c default_transaction_read_only=on -c jit=off',
  });
  client.on('error', () => {}); // the query under way fails with it
  let cursors = 0;

  const named = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      const { host, port, database } = client;
      throw new UnreadableError(
        `the ${name} database (${host}:${port}/${database}) can't be read: ${reasonOf(error)}`,
        { cause: error },
      );
    });

  const rows = async <T>(sql: string, values: unknown[]): Promise<T[]> =>
    (await named(client.query(sql, values))).rows;

  try {
    await named(client.connect());
    await rows('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Whole results are fetched, however large: plan for the last row, not for the first.
    await rows("SET LOCAL cursor_tuple_fraction = 1.0; SET LOCAL work_mem = '64MB'");
    // Takes the snapshot; BEGIN does not.
    await rows('SELECT 1');
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }

  return {
    rows,
    /** The rows of a query, some thousand at a time, the next ones fetched while these are looked at. */
    async *chunks<T>(sql: string): AsyncGenerator<T[]> {
      cursors += 1;
      const cursor = `verify_${cursors}`;
      await rows(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`);
      const fetchNext = () => {
        const chunk: Promise<T[]> = rows(`FETCH ${chunkRows} FROM ${cursor}`);
        chunk.catch(() => {}); // awaited below, unless the reader has left
        return chunk;
      };
      let next = fetchNext();
      for (;;) {
        const chunk = await next;
        if (chunk.length === 0) break;
        next = fetchNext();
        yield chunk;
      }
      await rows(`CLOSE ${cursor}`);
    },
    async close() {
      await client.end().catch(() => {});
    },
  };
}
