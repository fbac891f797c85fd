// Reads the messages' progress from the order database, which uses this machine's clock.
import { poll } from '@lmt/stack';
import type { Client, QueryResultRow } from 'pg';

const DRAIN_SECONDS = 300;

export async function readRow<Row extends QueryResultRow>(
  database: Client,
  sql: string,
  values: unknown[] = [],
): Promise<Row> {
  const { rows } = await database.query<Row>(sql, values);
  const [row] = rows;
  if (!row) throw new Error(`no row: ${sql}`);
  return row;
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

/**
 * Summarises the messages written since a time. All of them must be completed. `completed_at` is
 * the start of the transaction that completed a message. `seconds` is the time from the first write
 * to the last completion.
 */
export function summarise(database: Client, since: Date) {
  return readRow<{ seconds: number; completed: number; republished: number }>(
    database,
    `SELECT extract(epoch FROM max(completed_at) - min(created_at))::float8 AS seconds,
       count(*) FILTER (WHERE status = 'COMPLETED')::int AS completed,
       count(*) FILTER (WHERE attempts > 1)::int AS republished
     FROM outbox_messages WHERE created_at >= $1`,
    [since],
  );
}

export async function waitUntilPublished(database: Client, signal: AbortSignal): Promise<void> {
  const isDone = async () => {
    signal.throwIfAborted();
    const sql = `SELECT EXISTS (SELECT FROM outbox_messages WHERE status = 'PENDING') AS waiting`;
    return !(await readRow<{ waiting: boolean }>(database, sql)).waiting;
  };
  await poll('all messages are published', isDone, { seconds: DRAIN_SECONDS, everyMs: 50 });
}

/** Reads the completed messages written since a time. `completedAt` is in epoch milliseconds. */
export async function readCompletions(database: Client, since: Date) {
  const { rows } = await database.query<{ id: string; completedAt: number; attempts: number }>(
    `SELECT id, (extract(epoch FROM completed_at) * 1000)::float8 AS "completedAt", attempts
     FROM outbox_messages WHERE created_at >= $1 AND status = 'COMPLETED'`,
    [since],
  );
  return rows;
}

/** Counts all orders, and the orders and messages that would make the figures worthless. */
export function checkOrders(database: Client) {
  return readRow<{ orders: number; notConfirmed: number; notCompleted: number }>(
    database,
    `SELECT
       (SELECT count(*) FROM orders WHERE status <> 'CONFIRMED')::int AS "notConfirmed",
       (SELECT count(*) FROM outbox_messages WHERE status <> 'COMPLETED')::int AS "notCompleted",
       (SELECT count(*) FROM orders)::int AS orders`,
  );
}
