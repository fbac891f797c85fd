import type { MessageStatus } from './lifecycle.js';

/** A message matches if it meets all given conditions. */
export interface MessageFilter {
  readonly type?: string | undefined;
  readonly key?: string | undefined;
  /** Inclusive. */
  readonly createdAfter?: Date | undefined;
  /** Exclusive. */
  readonly createdBefore?: Date | undefined;
  /** A substring of `last_error`. */
  readonly error?: string | undefined;
}

/** The bound values of one statement. `bind` returns the placeholder of a value. */
export class SqlParameters {
  readonly values: unknown[] = [];

  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Returns an SQL condition on `m`. Lists and bulk actions share it, so they match. */
export function matches(
  { type, key, createdAfter, createdBefore, error }: MessageFilter,
  parameters: SqlParameters,
  status?: MessageStatus,
): string {
  const conditions: string[] = [];
  // The status is a literal, so that the planner can use that status's partial index.
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
