import type { MessageStatus } from './lifecycle.js';
import type { Sql } from './sql.js';

/**
 * The maximum number of rows that a count reads of each part. Bounds its time at any table size.
 */
const COUNT_LIMIT = 50_000;

/**
 * Settings for sessions that count. These sessions need their own connections, so counts never
 * delay publishing or new orders. The planner must not collect all matching rows before the LIMIT.
 */
export const COUNT_SESSION_SETTINGS = {
  statement_timeout: '2000',
  enable_bitmapscan: 'off',
} as const;

// The parts of the table that a count reads: at most LIMIT rows each, in the order of its index.
const UNFINISHED = {
  new: `status IN ('PENDING', 'PUBLISHED') AND available_at = '-infinity' ORDER BY seq`,
  timed: `status IN ('PENDING', 'PUBLISHED') AND available_at > '-infinity' ORDER BY available_at, seq`,
  dead: `status = 'DEAD' ORDER BY id`,
} as const;
const ALL = {
  ...UNFINISHED,
  finished: `status IN ('COMPLETED', 'DISCARDED') ORDER BY completed_at DESC`,
} as const;

// A message with `availableAt` does not age before that time. After a failure `available_at` is the
// time of the next attempt instead, and `last_error` is set.
const SINCE = `CASE WHEN status = 'PENDING' AND claimed_at IS NULL AND last_error IS NULL
  THEN greatest(created_at, available_at) ELSE created_at END`;

type Part = keyof typeof ALL;
const STATUSES_OF: Record<Part, readonly MessageStatus[]> = {
  new: ['PENDING', 'PUBLISHED'],
  timed: ['PENDING', 'PUBLISHED'],
  dead: ['DEAD'],
  finished: ['COMPLETED', 'DISCARDED'],
};

interface CountedRow {
  readonly part: Part;
  readonly status: MessageStatus;
  readonly topic: string;
  readonly count: number;
  readonly leased: number;
  /** Age of the oldest message in seconds. */
  readonly age: number;
}

function countStatement(parts: Partial<typeof ALL>, limit: number): string {
  return Object.entries(parts)
    .map(
      ([part, rows]) => `
SELECT '${part}' AS part, status, topic, count(*)::int AS count,
  (count(*) FILTER (WHERE leased_until > now()))::int AS leased,
  greatest(extract(epoch FROM now() - min(since)), 0)::float8 AS age
FROM (SELECT status, topic, leased_until, ${SINCE} AS since FROM outbox_messages WHERE ${rows} LIMIT ${limit}) AS ${part}
GROUP BY status, topic`,
    )
    .join('\nUNION ALL');
}

export interface MessageStats {
  /** Every status, including those without messages. */
  readonly counts: Readonly<Record<MessageStatus, number>>;
  /** Statuses whose count is a lower bound. */
  readonly atLeast: readonly MessageStatus[];
  /** Counted messages that a relay holds to publish them. */
  readonly inFlight: number;
  /**
   * Age of the oldest PENDING or PUBLISHED message that was counted. Null if none was counted. A
   * delayed message has the age 0 until its time. If one of these statuses is in `atLeast`, an older
   * message may exist.
   */
  readonly oldestUnfinishedSeconds: number | null;
}

/** Adds up the counted rows. A part is incomplete if it has `limit` rows. */
export function sumUp(rows: readonly CountedRow[], limit: number): MessageStats {
  const counts = { PENDING: 0, PUBLISHED: 0, COMPLETED: 0, DEAD: 0, DISCARDED: 0 };
  const parts = new Map<Part, number>();
  const ages: number[] = [];
  let inFlight = 0;
  for (const { part, status, count, leased, age } of rows) {
    counts[status] += count;
    inFlight += leased;
    parts.set(part, (parts.get(part) ?? 0) + count);
    if (status === 'PENDING' || status === 'PUBLISHED') ages.push(age);
  }
  const incomplete = [...parts].filter(([, count]) => count >= limit).flatMap(([part]) => STATUSES_OF[part]);
  return {
    counts,
    atLeast: [...new Set(incomplete)],
    inFlight,
    oldestUnfinishedSeconds: ages.length === 0 ? null : Math.max(...ages),
  };
}

/** Counts all messages by status. Counts beyond the limit are lower bounds. */
export async function countMessages(sql: Sql, limit = COUNT_LIMIT): Promise<MessageStats> {
  return sumUp(await sql.$queryRawUnsafe<CountedRow[]>(countStatement(ALL, limit)), limit);
}

export interface Backlog extends MessageStats {
  /** Unfinished messages by topic. */
  readonly topics: ReadonlyMap<string, number>;
}

/** Counts unfinished and dead messages. Counts beyond the limit are lower bounds. */
export async function countBacklog(sql: Sql, limit = COUNT_LIMIT): Promise<Backlog> {
  const rows = await sql.$queryRawUnsafe<CountedRow[]>(countStatement(UNFINISHED, limit));
  const topics = new Map<string, number>();
  for (const { status, topic, count } of rows) {
    if (status !== 'DEAD') topics.set(topic, (topics.get(topic) ?? 0) + count);
  }
  return { ...sumUp(rows, limit), topics };
}
