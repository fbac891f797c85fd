import { type MessageFilter, SqlParameters } from './message-filter.js';
import type { OperatorVerb } from './operator-actions.js';
import { SCAN_LIMIT, scanSql } from './scan-messages.js';
import type { Sql } from './sql.js';

/** Selects the oldest `limit` messages that match a filter and that the decision would change. */
export interface BulkSelection {
  readonly filter: MessageFilter;
  readonly limit: number;
  /** Types that the decision must not change. */
  readonly exceptTypes?: readonly string[];
  readonly cursor?: string | undefined;
  readonly scanLimit?: number;
}

export interface SelectedMessages {
  /** At most `limit` messages, without the types in `exceptTypes`. */
  readonly ids: readonly string[];
  /** Number of matching messages among those read. */
  readonly matched: number;
  /** Number of `matched` messages with a type in `exceptTypes`. */
  readonly refused: number;
  /** Whether all messages were read. If not, more may match than `matched`. */
  readonly complete: boolean;
  /** Selects the next messages. Null if these were the last. */
  readonly nextCursor: string | null;
}

/** Finds the messages that a bulk decision would change now, without locking them. */
export async function selectMessages(
  sql: Sql,
  verb: OperatorVerb,
  { filter, limit, exceptTypes = [], cursor, scanLimit = SCAN_LIMIT }: BulkSelection,
): Promise<SelectedMessages> {
  const parameters = new SqlParameters();
  const path = filter.key !== undefined ? 'key' : verb === 'send-now' ? 'waiting' : 'dead';
  const changeable =
    verb === 'send-now'
      ? `m.status IN ('PENDING', 'PUBLISHED') AND m.available_at > now()`
      : `m.status = 'DEAD'`;
  const scan = scanSql({ path, direction: 'oldest-first', filter, cursor, scanLimit }, parameters);
  const refused = `type = ANY(${parameters.bind(exceptTypes)}::text[])`;
  const max = `${parameters.bind(limit)}::int`;
  const [selected] = await sql.$queryRawUnsafe<
    {
      ids: string[] | null;
      matched: number;
      refused: number;
      scanned: number;
      limited: string | null;
      last: string | null;
    }[]
  >(
    `
WITH scanned AS MATERIALIZED (
  SELECT m.id, m.type, m.cursor, m.position, m.matching AND ${changeable} AS matching FROM ${scan}
)
SELECT (count(*) FILTER (WHERE matching))::int AS matched,
  (count(*) FILTER (WHERE matching AND ${refused}))::int AS refused,
  count(*)::int AS scanned,
  (array_agg(id::text ORDER BY position) FILTER (WHERE matching AND NOT ${refused}))[1:${max}] AS ids,
  (array_agg(cursor ORDER BY position) FILTER (WHERE matching AND NOT ${refused}))[${max}] AS limited,
  (array_agg(cursor ORDER BY position DESC))[1] AS last
FROM scanned`,
    ...parameters.values,
  );
  if (selected === undefined) throw new Error('the aggregate returned no row');
  const complete = selected.scanned < scanLimit;
  const hasMore = selected.matched - selected.refused > limit;
  return {
    ids: selected.ids ?? [],
    matched: selected.matched,
    refused: selected.refused,
    complete,
    nextCursor: hasMore ? selected.limited : complete ? null : selected.last,
  };
}
