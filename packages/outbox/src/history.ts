import type { HistoryEvent } from './message.js';

const MAX_ENTRIES = 50;

/**
 * SQL that appends an entry to `m.history` and drops the oldest beyond 50, so that a message that
 * is retried for months does not grow. `fields` is SQL for jsonb_build_object: names and values; one
 * that is null is left out.
 */
export function historyWith(event: HistoryEvent, fields = ''): string {
  const entry = `jsonb_strip_nulls(jsonb_build_object('at', now(), 'event', '${event}'${fields === '' ? '' : `, ${fields}`}))`;
  return `(CASE WHEN jsonb_array_length(m.history) >= ${MAX_ENTRIES} THEN m.history - 0 ELSE m.history END) || ${entry}`;
}
