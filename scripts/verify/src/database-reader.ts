// A read-only connection to one of the two databases.
import { toConnection } from '@lmt/database-url';
import pg from 'pg';

export const APPLICATION_NAME = 'lmt-verify';

const CHUNK_ROWS = 5_000;
const CONNECT_MS = 5_000;
const STATEMENT_MS = 180_000;

/** Thrown if a database or the broker cannot be read, so there is no verdict. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';

  constructor(subject: string, cause: unknown) {
    super(`${subject} can't be read: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

export type DatabaseReader = Awaited<ReturnType<typeof openReader>>;

/**
 * Opens a connection whose queries all see the snapshot taken by this call. The snapshot keeps
 * vacuum from removing dead rows, so dispose of the reader soon.
 */
export async function openReader(database: 'order' | 'inventory', url: string) {
  const client = new pg.Client({
    ...toConnection(url, {
      applicationName: APPLICATION_NAME,
      settings: { default_transaction_read_only: 'on', jit: 'off' },
    }),
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // A server that stops responding does not enforce its own statement_timeout.
    query_timeout: STATEMENT_MS + 5_000,
  });
  client.on('error', () => {}); // the running query fails with the same error

  /** Adds the database's address to an error, but not the password from its URL. */
  const attempt = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => {
      const address = `${client.host}:${client.port}/${client.database}`;
      throw new UnreadableError(`the ${database} database (${address})`, error);
    });

  const query = async <T>(sql: string): Promise<T[]> => (await attempt(client.query(sql))).rows;

  try {
    await attempt(client.connect());
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Every cursor is read to its end, so plan for the last row, not for the first.
    await query("SET LOCAL cursor_tuple_fraction = 1.0; SET LOCAL work_mem = '64MB'");
    // This statement takes the snapshot; BEGIN does not.
    await query('SELECT 1');
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }

  return {
    /** Yields rows while it fetches the next chunk. Only one query may run at a time. */
    async *rows<T>(sql: string): AsyncGenerator<T, null> {
      await query(`DECLARE verify NO SCROLL CURSOR FOR ${sql}`);
      const fetchNext = () => {
        const chunk = query<T>(`FETCH ${CHUNK_ROWS} FROM verify`);
        chunk.catch(() => {}); // awaited below, unless the caller has stopped reading
        return chunk;
      };
      let chunk = await fetchNext();
      while (chunk.length > 0) {
        const next = fetchNext();
        for (const row of chunk) yield row;
        chunk = await next;
      }
      await query('CLOSE verify');
      return null;
    },
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => {});
    },
  };
}
