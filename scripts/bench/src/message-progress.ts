// What became of the messages, read from the order database.

import { poll } from '@lmt/stack';
import type { Client } from 'pg';

const drainSeconds = 300;

export type Database = Client;

/** @returns the database's clock */
export async function databaseTime(database: Database): Promise<string> {
  const { rows } = await database.query('SELECT clock_timestamp()::text AS now');
  return rows[0].now;
}

export async function countUnfinished(database: Database): Promise<number> {
  const { rows } = await database.query(
    `SELECT count(*)::int AS count FROM outbox_messages WHERE status IN ('PENDING', 'PUBLISHED')`,
  );
  return rows[0].count;
}

export async function waitUntilCompleted(database: Database, signal: AbortSignal) {
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
 * @returns when
 * the first was written, and from then to the last completion
 */
export async function summarise(
  database: Database,
  since: string,
): Promise<{ first: string; seconds: number; completed: number; publishedAgain: number }> {
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

/** How many messages were completed from `from` to `to` seconds after a time. */
export async function countCompleted(
  database: Database,
  since: string,
  from: number,
  to: number,
): Promise<number> {
  const { rows } = await database.query(
    `SELECT count(*)::int AS count FROM outbox_messages
     WHERE completed_at >= $1::timestamptz + $2 * interval '1 second'
       AND completed_at < $1::timestamptz + $3 * interval '1 second'`,
    [since, from, to],
  );
  return rows[0].count;
}

/** When each message written since a time was completed, in epoch milliseconds. */
export async function completionTimes(database: Database, since: string): Promise<Map<string, number>> {
  const { rows } = await database.query({
    text: `SELECT id::text, (extract(epoch FROM completed_at) * 1000)::float8
      FROM outbox_messages WHERE created_at >= $1::timestamptz AND status = 'COMPLETED'`,
    values: [since],
    rowMode: 'array',
  });
  return new Map(rows as [string, number][]);
}
