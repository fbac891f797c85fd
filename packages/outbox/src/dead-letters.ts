import { type MessageEvent, type MessageStatus, transition } from './lifecycle.js';
import { type MessageFilter, matches, SqlParameters } from './message-filter.js';
import type { Sql, TransactionSql } from './sql.js';

export interface DeadLetter {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly lastError: string | null;
}

/** An operator's selection: by id, or the oldest `limit` dead letters that match a filter. */
export type Selection =
  | { readonly ids: readonly string[] }
  | { readonly filter: MessageFilter; readonly limit: number; readonly exceptTypes?: readonly string[] };

/** An operator's decision, as `history` records it. */
export interface Decision {
  readonly by: string;
  readonly reason?: string | undefined;
}

interface LockedMessage extends DeadLetter {
  readonly status: MessageStatus;
}

const COLUMNS = `m.id, m.key, m.type, m.status, m.last_error AS "lastError"`;

function selectOldestDead(
  selection: Extract<Selection, { filter: MessageFilter }>,
  parameters: SqlParameters,
): string {
  const matching = matches(selection.filter, parameters, 'DEAD');
  const excepted = parameters.bind([...(selection.exceptTypes ?? [])]);
  return `
SELECT ${COLUMNS} FROM outbox_messages m
WHERE ${matching} AND m.type <> ALL(${excepted}::text[])
ORDER BY m.id LIMIT ${parameters.bind(selection.limit)}::int`;
}

/**
 * - `conflict`: the message is not DEAD and was left in its `status`.
 * - `unknown`: the message does not exist, or was purged.
 */
export type UnchangedMessage =
  | { readonly outcome: 'conflict'; readonly id: string; readonly status: MessageStatus }
  | { readonly outcome: 'unknown'; readonly id: string };

/**
 * Locks the selected messages and lets `decide` answer for each that `event` changes. Returns one
 * answer per distinct id in the order given, or per message that matches the filter, oldest first.
 */
export async function decideSelected<A>(
  tx: TransactionSql,
  selection: Selection,
  event: Extract<MessageEvent, 'requeued' | 'discarded'>,
  decide: (letter: DeadLetter) => A,
): Promise<(A | UnchangedMessage)[]> {
  const answers = new Map<string, A | UnchangedMessage>();
  if ('ids' in selection) for (const id of selection.ids) answers.set(id, { outcome: 'unknown', id });
  for (const { status, ...letter } of await lockSelected(tx, selection)) {
    const { id } = letter;
    const changes = transition(status, event) !== null;
    answers.set(id, changes ? decide(letter) : { outcome: 'conflict', id, status });
  }
  return [...answers.values()];
}

/**
 * Locks the selected messages in id order, as a callback does (complete-messages.ts), so that the
 * two wait for each other instead of deadlocking. A selection by filter leaves out messages that
 * ceased to be DEAD during the wait; a selection by id returns them with their new status.
 */
function lockSelected(tx: TransactionSql, selection: Selection): PromiseLike<LockedMessage[]> {
  const parameters = new SqlParameters();
  const select =
    'ids' in selection
      ? `SELECT ${COLUMNS} FROM outbox_messages m
WHERE m.id = ANY(${parameters.bind([...selection.ids])}::uuid[]) ORDER BY m.id`
      : selectOldestDead(selection, parameters);
  return tx.$queryRawUnsafe<LockedMessage[]>(`${select} FOR UPDATE`, ...parameters.values);
}

/** Returns what a decision by filter would select now, in the same order, without locking it. */
export async function findDeadLetters(
  sql: Sql,
  selection: Extract<Selection, { filter: MessageFilter }>,
): Promise<DeadLetter[]> {
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
  const matching = matches(filter, parameters, 'DEAD');
  const [counted] = await sql.$queryRawUnsafe<{ all: number; ofTypes: number }[]>(
    `SELECT count(*)::int AS all, (count(*) FILTER (WHERE m.type = ANY(${parameters.bind([...types])}::text[])))::int AS "ofTypes"
FROM outbox_messages m WHERE ${matching}`,
    ...parameters.values,
  );
  return counted ?? { all: 0, ofTypes: 0 };
}
