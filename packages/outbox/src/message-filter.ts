import type { MessageStatus } from './lifecycle.js';

/** What a person says of the messages meant; all of it must fit. */
export interface MessageFilter {
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  /** Written at this time or later. */
  readonly createdAfter?: Date | undefined;
  /** Written before this time. */
  readonly createdBefore?: Date | undefined;
  /** A part of `last_error`, as it is written there. */
  readonly error?: string | undefined;
}

/** Bound values of one statement; `bind` returns the placeholder that stands for one. */
export class SqlParameters {
  readonly values: unknown[] = [];

  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** SQL that holds for the messages `m` that fit. A list and what is done to all in it share it. */
export function matches(
  { type, key, createdAfter, createdBefore, error }: MessageFilter,
  parameters: SqlParameters,
  status?: MessageStatus,
): string {
  const conditions: string[] = [];
  // A literal, so that the planner can use the indexes that are for one status only.
  if (status !== undefined) conditions.push(`m.status = '${status}'`);
  if (type !== undefined) conditions.push(`m.type = ${parameters.bind(type)}`);
  if (key !== undefined) conditions.push(`m.key = ${parameters.bind(key)}`);
  if (createdAfter !== undefined)
    conditions.push(`m.created_at >= ${parameters.bind(createdAfter.toISOString())}::timestamptz`);
  if (createdBefore !== undefined)
    conditions.push(`m.created_at < ${parameters.bind(createdBefore.toISOString())}::timestamptz`);
  if (error !== undefined) conditions.push(`strpos(m.last_error, ${parameters.bind(error)}) > 0`);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
