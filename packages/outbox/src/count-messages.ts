import type { MessageStatus } from './lifecycle.js';
import type { Sql } from './sql.js';

export interface MessageStats {
  /** Every status, including those without messages. */
  readonly counts: Readonly<Record<MessageStatus, number>>;
  /** Age of the oldest PENDING or PUBLISHED message; null if there is none. */
  readonly oldestUnfinishedSeconds: number | null;
}

const COUNTS = `
SELECT status, count(*)::int AS count, extract(epoch FROM now() - min(created_at))::float8 AS age
FROM outbox_messages GROUP BY status`;

/** Counts all messages by status. Reads the whole table, so do not call it often. */
export async function countMessages(sql: Sql): Promise<MessageStats> {
  const rows = await sql.$queryRawUnsafe<{ status: MessageStatus; count: number; age: number }[]>(COUNTS);
  const counts = { PENDING: 0, PUBLISHED: 0, COMPLETED: 0, DEAD: 0, DISCARDED: 0 };
  for (const { status, count } of rows) counts[status] = count;
  const ages = rows
    .filter(({ status }) => status === 'PENDING' || status === 'PUBLISHED')
    .map(({ age }) => age);
  return { counts, oldestUnfinishedSeconds: ages.length === 0 ? null : Math.max(...ages) };
}

export interface Backlog {
  readonly pending: number;
  readonly published: number;
  readonly oldestSeconds: number | null;
  readonly dead: number;
}

const BACKLOG = `
SELECT count(*) FILTER (WHERE status = 'PENDING')::int AS pending,
  count(*) FILTER (WHERE status = 'PUBLISHED')::int AS published,
  extract(epoch FROM now() - min(created_at))::float8 AS "oldestSeconds",
  (SELECT count(*)::int FROM outbox_messages WHERE status = 'DEAD') AS dead
FROM outbox_messages WHERE status IN ('PENDING', 'PUBLISHED')`;

/** Counts unfinished and dead messages. Reads only these rows, through their partial indexes. */
export async function countBacklog(sql: Sql): Promise<Backlog> {
  const [backlog] = await sql.$queryRawUnsafe<Backlog[]>(BACKLOG);
  return backlog ?? { pending: 0, published: 0, oldestSeconds: null, dead: 0 };
}
