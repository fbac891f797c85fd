import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, matches, type SqlParameters } from './message-filter.js';

/**
 * The maximum number of index entries that a statement reads. A statement therefore ends within a
 * second at any table size, even if few messages match. The next page continues from the cursor.
 */
export const SCAN_LIMIT = 20_000;

/** The cursor is malformed or comes from another kind of scan. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/**
 * The order in which a scan reads messages. Each order has an index.
 * - `id`: all messages, by id.
 * - `dead`: the dead letters, by id.
 * - `key`: the messages of the filter's key, in the order of writing.
 * - `unfinished`: PENDING and PUBLISHED messages, by id. Used only if there are at most SCAN_LIMIT.
 * - `waiting`: PENDING and PUBLISHED messages that are not due yet, by due time.
 */
export type ScanPath = 'id' | 'dead' | 'key' | 'unfinished' | 'waiting';

export interface Scan {
  readonly path: ScanPath;
  readonly direction: 'oldest-first' | 'newest-first';
  readonly filter: MessageFilter;
  readonly status?: MessageStatus | undefined;
  readonly cursor?: string | undefined;
  readonly scanLimit: number;
}

const UNFINISHED = `m.status IN ('PENDING', 'PUBLISHED')`;
const UUID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

interface Path {
  /** The index condition. It is the only condition on the rows that are read. */
  readonly condition: string;
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly cursor: string;
  readonly pattern: RegExp;
}

const byId = { columns: ['m.id'], types: ['uuid'], cursor: 'm.id::text', pattern: UUID };

function describePath({ path, filter }: Scan, parameters: SqlParameters): Path {
  switch (path) {
    case 'id':
    case 'unfinished':
      return { ...byId, condition: 'true' };
    case 'dead':
      return { ...byId, condition: `m.status = 'DEAD'` };
    case 'key':
      return {
        condition: `m.key = ${parameters.bind(filter.key)}`,
        columns: ['m.seq'],
        types: ['bigint'],
        cursor: `'s' || m.seq`,
        pattern: /^s(\d{1,18})$/,
      };
    case 'waiting':
      return {
        condition: `${UNFINISHED} AND m.available_at > now()`,
        columns: ['m.available_at', 'm.seq'],
        types: ['timestamptz', 'bigint'],
        cursor: `to_char(m.available_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '_' || m.seq`,
        pattern: /^(\d{4,6}-\d\d-\d\dT[\d:.]{1,20}Z)_(\d{1,18})$/,
      };
  }
}

const isValue = (value: string, type: string | undefined) =>
  type !== 'timestamptz' || !Number.isNaN(Date.parse(value));

/**
 * Returns a FROM item `m` with the scanned messages: the columns of the table, `position` from 1,
 * the `cursor` after the message, and `matching`. A row with `position = scanLimit` means that the
 * scan ended early.
 *
 * The inner LIMIT keeps the planner from moving the filter into the scan. Otherwise it could choose
 * an index by the filter and read the whole table for a few matches.
 *
 * @throws CursorError
 */
export function scanSql(scan: Scan, parameters: SqlParameters): string {
  const { path, direction, filter, status, cursor, scanLimit } = scan;
  const { condition, columns, types, cursor: cursorSql, pattern } = describePath(scan, parameters);
  const [comparison, order] = direction === 'newest-first' ? ['<', 'DESC'] : ['>', 'ASC'];
  const conditions = [condition];
  if (cursor !== undefined) {
    const values = pattern.exec(cursor)?.slice(1) ?? [];
    const isReadable = values.length > 0 && values.every((value, index) => isValue(value, types[index]));
    if (!isReadable) throw new CursorError(`not a cursor of this list: ${cursor}`);
    const bound = values.map((value, index) => `${parameters.bind(value)}::${types[index]}`);
    conditions.push(`(${columns.join(', ')}) ${comparison} (${bound.join(', ')})`);
  }
  const orderBy = columns.map((column) => `${column} ${order}`).join(', ');
  const limit = `${parameters.bind(scanLimit)}::int`;
  const table =
    path === 'unfinished'
      ? `(SELECT * FROM outbox_messages m WHERE ${UNFINISHED} ORDER BY m.available_at, m.seq LIMIT ${limit})`
      : 'outbox_messages';
  return `(
  SELECT m.*, ${cursorSql} AS cursor, row_number() OVER (ORDER BY ${orderBy}) AS position,
    (${matches(filter, parameters, status)}) IS TRUE AS matching
  FROM ${table} m WHERE ${conditions.join(' AND ')}
  ORDER BY ${orderBy} LIMIT ${limit}
) m`;
}

/** Counts unfinished messages up to a limit. */
export const COUNT_UNFINISHED = `
SELECT count(*)::int AS count FROM (
  SELECT 1 FROM outbox_messages m WHERE ${UNFINISHED} ORDER BY m.available_at, m.seq LIMIT $1::int
) m`;
