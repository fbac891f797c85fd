import type { HistoryEvent } from './message.js';

const MAX_ENTRIES = 50;

// Deaths, late results and what people decided stay on record as long as there is anything else.
const OLDEST_DISPENSABLE = `coalesce((
  SELECT min(e.position) - 1 FROM jsonb_array_elements(m.history) WITH ORDINALITY AS e (entry, position)
  WHERE e.entry ->> 'event' IN ('republished', 'publish-failed')
), 0)::int`;

/**
 * SQL that appends an entry to `m.history` and, beyond 50, drops the oldest one that tells of a retry,
 * so that a message that is retried for months does not grow. `fields` is SQL for jsonb_build_object: names and values; one
 * that is null is left out.
 */
export function appendHistorySql(event: HistoryEvent, fields = ''): string {
  const entry = `jsonb_strip_nulls(jsonb_build_object('at', now(), 'event', '${event}'${fields === '' ? '' : `, ${fields}`}))`;
  return `(CASE WHEN jsonb_array_length(m.history) >= ${MAX_ENTRIES} THEN m.history - ${OLDEST_DISPENSABLE} ELSE m.history END) || ${entry}`;
}
