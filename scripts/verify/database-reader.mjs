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

/** @param {unknown} error @returns {string} */
export function reasonOf(error) {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** @typedef {Awaited<ReturnType<typeof openReader>>} DatabaseReader */

/**
 * Opens a connection on which everything is read as of one moment: that of this call. Nothing can be
 * written on it. The snapshot keeps dead rows from being vacuumed while it lasts, so close it soon.
 *
 * @param {string} name of the database, for people
 * @param {string} url
 */
export async function openReader(name, url) {
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

  /** @template T @param {Promise<T>} work @returns {Promise<T>} */
  const named = (work) =>
    work.catch((error) => {
      const { host, port, database } = client;
      throw new UnreadableError(
        `the ${name} database (${host}:${port}/${database}) can't be read: ${reasonOf(error)}`,
        { cause: error },
      );
    });

  /** @template {pg.QueryResultRow} T @param {string} sql @param {unknown[]} [values] @returns {Promise<T[]>} */
  const rows = async (sql, values) => (await named(client.query(sql, values))).rows;

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
    /**
     * The rows of a query, some thousand at a time, the next ones fetched while these are looked at.
     *
     * @template {pg.QueryResultRow} T
     * @param {string} sql
     * @returns {AsyncGenerator<T[]>}
     */
    async *chunks(sql) {
      cursors += 1;
      const cursor = `verify_${cursors}`;
      await rows(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`);
      const fetchNext = () => {
        /** @type {Promise<T[]>} */
        const chunk = rows(`FETCH ${chunkRows} FROM ${cursor}`);
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
