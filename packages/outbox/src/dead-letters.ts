import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, matches, SqlParameters } from './message-filter.js';
import type { Sql, TransactionSql } from './sql.js';

export interface DeadLetter {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly lastError: string | null;
}

/** Selects the oldest `limit` dead letters that match a filter. */
export interface FilterSelection {
  readonly filter: MessageFilter;
  readonly limit: number;
  readonly exceptTypes?: readonly string[];
}

/** The dead letters that an operator selects. */
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
 * Locks the selected messages in id order. Callbacks use the same order (complete-messages.ts), so
 * the two wait for each other instead of deadlocking. Messages that stop being DEAD during the wait
 * are left out of a selection by filter, but returned with their new status from one by id.
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

/** Returns the messages that a decision with this filter would select now, without locking them. */
export async function findDeadLetters(sql: Sql, selection: FilterSelection): Promise<DeadLetter[]> {
  const parameters = new SqlParameters();
  return sql.$queryRawUnsafe<DeadLetter[]>(selectOldestDead(selection, parameters), ...parameters.values);
}

/** Counts the dead letters that match, and how many of these have one of the `types`. */
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
