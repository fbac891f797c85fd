// Reads the progress of the messages from the order database.
import { poll } from '@lmt/stack';
import type { Client, QueryResultRow } from 'pg';

const DRAIN_SECONDS = 300;

async function readRow<Row extends QueryResultRow>(
  database: Client,
  sql: string,
  values: readonly (string | number)[] = [],
): Promise<Row> {
  const { rows } = await database.query<Row>(sql, [...values]);
  const [row] = rows;
  if (!row) throw new Error(`no row: ${sql}`);
  return row;
}

/** The database's clock. */
export async function readTime(database: Client): Promise<string> {
  return (await readRow<{ now: string }>(database, 'SELECT clock_timestamp()::text AS now')).now;
}

export async function countUnfinished(database: Client): Promise<number> {
  const sql = `SELECT count(*)::int AS count FROM outbox_messages WHERE status IN ('PENDING', 'PUBLISHED')`;
  return (await readRow<{ count: number }>(database, sql)).count;
}

export async function waitUntilCompleted(database: Client, signal: AbortSignal): Promise<void> {
  const isDone = async () => {
    signal.throwIfAborted();
    return (await countUnfinished(database)) === 0;
  };
  await poll('all messages are completed', isDone, { seconds: DRAIN_SECONDS, everyMs: 200 });
}

export interface Summary {
  /** When the first message was written. */
  readonly first: string;
  /** From the first write to the last completion. */
  readonly seconds: number;
  readonly completed: number;
  readonly republished: number;
}

/**
 * Summarises the messages written since a time, once all are completed. `completed_at` is the start
 * of the transaction that completed a message.
 */
export function summarise(database: Client, since: string): Promise<Summary> {
  return readRow(
    database,
    `SELECT min(created_at)::text AS first,
       extract(epoch FROM max(completed_at) - min(created_at))::float8 AS seconds,
       count(*) FILTER (WHERE status = 'COMPLETED')::int AS completed,
       count(*) FILTER (WHERE attempts > 1)::int AS republished
     FROM outbox_messages WHERE created_at >= $1::timestamptz`,
    [since],
  );
}

/** Counts the messages completed from `from` to `to` seconds after a time. */
export async function countCompleted(database: Client, since: string, from: number, to: number) {
  const sql = `SELECT count(*)::int AS count FROM outbox_messages
     WHERE completed_at >= $1::timestamptz + $2 * interval '1 second'
       AND completed_at < $1::timestamptz + $3 * interval '1 second'`;
  return (await readRow<{ count: number }>(database, sql, [since, from, to])).count;
}

/** Completion times, in epoch milliseconds, of the messages written since a time. */
export async function readCompletionTimes(database: Client, since: string): Promise<Map<string, number>> {
  const { rows } = await database.query<[string, number]>({
    text: `SELECT id::text, (extract(epoch FROM completed_at) * 1000)::float8
      FROM outbox_messages WHERE created_at >= $1::timestamptz AND status = 'COMPLETED'`,
    values: [since],
    rowMode: 'array',
  });
  return new Map(rows);
}

/** Counts the orders that make the figures worthless. */
export function checkOrders(database: Client) {
  return readRow<{ orders: number; notConfirmed: number; notCompleted: number }>(
    database,
    `SELECT
       (SELECT count(*) FROM orders WHERE status <> 'CONFIRMED')::int AS "notConfirmed",
       (SELECT count(*) FROM outbox_messages WHERE status <> 'COMPLETED')::int AS "notCompleted",
       (SELECT count(*) FROM orders)::int AS orders`,
  );
}
