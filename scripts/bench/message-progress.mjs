// What became of the messages, read from the order database.
import { poll } from '../stack/poll.mjs';

const drainSeconds = 300;

/** @typedef {import('pg').Client} Database */

/** @param {Database} database @returns {Promise<string>} the database's clock */
export async function databaseTime(database) {
  const { rows } = await database.query('SELECT clock_timestamp()::text AS now');
  return rows[0].now;
}

/** @param {Database} database @returns {Promise<number>} */
export async function countUnfinished(database) {
  const { rows } = await database.query(
    `SELECT count(*)::int AS count FROM outbox_messages WHERE status IN ('PENDING', 'PUBLISHED')`,
  );
  return rows[0].count;
}

/** @param {Database} database @param {AbortSignal} signal */
export async function waitUntilCompleted(database, signal) {
  const done = async () => {
    signal.throwIfAborted();
    return (await countUnfinished(database)) === 0;
  };
  await poll('all messages are completed', done, { seconds: drainSeconds, everyMs: 200 });
}

/**
 * Of the messages written since a time, when all of them are completed. `completed_at` is the start
 * of the transaction that completed a message.
 *
 * @param {Database} database
 * @param {string} since
 * @returns {Promise<{ first: string, seconds: number, completed: number, publishedAgain: number }>} when
 *   the first was written, and from then to the last completion
 */
export async function summarise(database, since) {
  const { rows } = await database.query(
    `SELECT min(created_at)::text AS first,
       extract(epoch FROM max(completed_at) - min(created_at))::float8 AS seconds,
       count(*) FILTER (WHERE status = 'COMPLETED')::int AS completed,
       count(*) FILTER (WHERE attempts > 1)::int AS "publishedAgain"
     FROM outbox_messages WHERE created_at >= $1::timestamptz`,
    [since],
  );
  return rows[0];
}

/**
 * How many messages were completed from `from` to `to` seconds after a time.
 *
 * @param {Database} database
 * @param {string} since
 * @param {number} from
 * @param {number} to
 * @returns {Promise<number>}
 */
export async function countCompleted(database, since, from, to) {
  const { rows } = await database.query(
    `SELECT count(*)::int AS count FROM outbox_messages
     WHERE completed_at >= $1::timestamptz + $2 * interval '1 second'
       AND completed_at < $1::timestamptz + $3 * interval '1 second'`,
    [since, from, to],
  );
  return rows[0].count;
}

/**
 * When each message written since a time was completed, in epoch milliseconds.
 *
 * @param {Database} database
 * @param {string} since
 * @returns {Promise<Map<string, number>>}
 */
export async function completionTimes(database, since) {
  const { rows } = await database.query({
    text: `SELECT id::text, (extract(epoch FROM completed_at) * 1000)::float8
      FROM outbox_messages WHERE created_at >= $1::timestamptz AND status = 'COMPLETED'`,
    values: [since],
    rowMode: 'array',
  });
  return new Map(/** @type {[string, number][]} */ (/** @type {unknown} */ (rows)));
}
