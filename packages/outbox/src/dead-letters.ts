import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, matches, SqlParameters } from './message-filter.js';
import type { Sql, TransactionSql } from './sql.js';

export interface DeadLetter {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly lastError: string | null;
}

/** The oldest `limit` dead letters that match a filter. */
export interface FilterSelection {
  readonly filter: MessageFilter;
  readonly limit: number;
  readonly exceptTypes?: readonly string[];
}

/** An operator's selection. */
export type Selection = { readonly ids: readonly string[] } | FilterSelection;

const COLUMNS = `m.id, m.key, m.type, m.status, m.last_error AS "lastError"`;

function selectOldestDead(
  { filter, limit, exceptTypes = [] }: FilterSelection,
  parameters: SqlParameters,
): string {
  return `
SELECT ${COLUMNS} FROM outbox_messages m
WHERE ${matches(filter, parameters, 'DEAD')} AND m.type <> ALL(${parameters.bind(exceptTypes)}::text[])
ORDER BY m.id LIMIT ${parameters.bind(limit)}::int`;
}

/**
 * Locks the selected messages in id order, as a callback does (complete-messages.ts), so that the
 * two wait for each other instead of deadlocking. A selection by filter leaves out messages that
 * ceased to be DEAD during the wait; a selection by id returns them with their new status.
 */
export function lockSelected(
  tx: TransactionSql,
  selection: Selection,
): PromiseLike<(DeadLetter & { readonly status: MessageStatus })[]> {
  const parameters = new SqlParameters();
  const select =
    'ids' in selection
      ? `SELECT ${COLUMNS} FROM outbox_messages m
WHERE m.id = ANY(${parameters.bind(selection.ids)}::uuid[]) ORDER BY m.id`
      : selectOldestDead(selection, parameters);
  return tx.$queryRawUnsafe(`${select} FOR UPDATE`, ...parameters.values);
}

/**
 * Returns the messages that a decision by this filter would select now, in the same order, without
 * locking them.
 */
export async function findDeadLetters(sql: Sql, selection: FilterSelection): Promise<DeadLetter[]> {
  const parameters = new SqlParameters();
  return sql.$queryRawUnsafe<DeadLetter[]>(selectOldestDead(selection, parameters), ...parameters.values);
}

/** Counts the dead letters that match, and those of them whose type is one of `types`. */
export async function countDeadLetters(
  sql: Sql,
  filter: MessageFilter,
  types: readonly string[] = [],
): Promise<{ readonly all: number; readonly ofTypes: number }> {
  const parameters = new SqlParameters();
  const [counted] = await sql.$queryRawUnsafe<{ all: number; ofTypes: number }[]>(
    `
SELECT count(*)::int AS all,
  (count(*) FILTER (WHERE m.type = ANY(${parameters.bind(types)}::text[])))::int AS "ofTypes"
FROM outbox_messages m WHERE ${matches(filter, parameters, 'DEAD')}`,
    ...parameters.values,
  );
  return counted ?? { all: 0, ofTypes: 0 };
}
