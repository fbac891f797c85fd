import type { MessageStatus } from './lifecycle.js';
import { type MessageFilter, matches, SqlParameters } from './message-filter.js';
import type { Sql, TransactionSql } from './sql.js';

export interface DeadLetter {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly lastError: string | null;
}

/**
 * The messages that a person means: named one by one, or the dead letters that fit, the oldest
 * `limit` of them. `exceptTypes` are left out of the latter.
 */
export type Selection =
  | { readonly ids: readonly string[] }
  | { readonly filter: MessageFilter; readonly limit: number; readonly exceptTypes?: readonly string[] };

/** A person's decision, as `history` keeps it. */
export interface Decision {
  readonly by: string;
  readonly reason?: string | undefined;
}

export interface LockedMessage extends DeadLetter {
  readonly status: MessageStatus;
}

const COLUMNS = `m.id, m.key, m.type, m.status, m.last_error AS "lastError"`;

function oldestDead(
  selection: Extract<Selection, { filter: MessageFilter }>,
  parameters: SqlParameters,
): string {
  const fitting = matches(selection.filter, parameters, 'DEAD');
  const excepted = parameters.bind([...(selection.exceptTypes ?? [])]);
  return `
SELECT ${COLUMNS} FROM outbox_messages m
WHERE ${fitting} AND m.type <> ALL(${excepted}::text[])
ORDER BY m.id LIMIT ${parameters.bind(selection.limit)}::int`;
}

/**
 * Locks the messages meant, in the order in which a callback locks them (complete-messages.ts), so
 * that they wait for each other instead of deadlocking. By filter, one that ceased to be DEAD while
 * this waited is not among them; by id each is, with the status that it has now.
 */
export function lockSelected(tx: TransactionSql, selection: Selection): PromiseLike<LockedMessage[]> {
  const parameters = new SqlParameters();
  const select =
    'ids' in selection
      ? `SELECT ${COLUMNS} FROM outbox_messages m
WHERE m.id = ANY(${parameters.bind([...selection.ids])}::uuid[]) ORDER BY m.id`
      : oldestDead(selection, parameters);
  return tx.$queryRawUnsafe<LockedMessage[]>(`${select} FOR UPDATE`, ...parameters.values);
}

/** What a decision by filter would take now, in its order, without locking anything. */
export async function findDeadLetters(
  sql: Sql,
  selection: Extract<Selection, { filter: MessageFilter }>,
): Promise<DeadLetter[]> {
  const parameters = new SqlParameters();
  return sql.$queryRawUnsafe<DeadLetter[]>(oldestDead(selection, parameters), ...parameters.values);
}

/** How many dead letters fit, and how many of these are of one of `types`. */
export async function countDeadLetters(
  sql: Sql,
  filter: MessageFilter,
  types: readonly string[] = [],
): Promise<{ readonly all: number; readonly ofTypes: number }> {
  const parameters = new SqlParameters();
  const fitting = matches(filter, parameters, 'DEAD');
  const [counted] = await sql.$queryRawUnsafe<{ all: number; ofTypes: number }[]>(
    `SELECT count(*)::int AS all, (count(*) FILTER (WHERE m.type = ANY(${parameters.bind([...types])}::text[])))::int AS "ofTypes"
FROM outbox_messages m WHERE ${fitting}`,
    ...parameters.values,
  );
  return counted ?? { all: 0, ofTypes: 0 };
}
