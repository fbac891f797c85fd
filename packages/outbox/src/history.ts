/** Events in `history`. The first publication and the completion have their own columns instead. */
type HistoryEvent =
  | 'republished'
  | 'publish-failed'
  | 'died'
  | 'late-result'
  | 'requeued'
  | 'discarded'
  | 'sent-now';

const MAX_ENTRIES = 50;

// Other entries, such as operators' decisions, are dropped only when no retry is left to drop.
const OLDEST_RETRY = `coalesce((
  SELECT min(e.position) - 1 FROM jsonb_array_elements(m.history) WITH ORDINALITY AS e (entry, position)
  WHERE e.entry ->> 'event' IN ('republished', 'publish-failed')
), 0)::int`;

/**
 * Returns SQL that appends an entry to `m.history`. At 50 entries the oldest retry is dropped, so
 * that a message retried for months does not grow. `fields` are arguments of jsonb_build_object.
 * Null values are left out. `at` is the time of the event.
 */
export function appendHistorySql(event: HistoryEvent, fields = '', at = 'now()'): string {
  const entry = `jsonb_strip_nulls(jsonb_build_object('at', ${at}, 'event', '${event}'${fields === '' ? '' : `, ${fields}`}))`;
  return `(CASE WHEN jsonb_array_length(m.history) >= ${MAX_ENTRIES} THEN m.history - ${OLDEST_RETRY} ELSE m.history END) || ${entry}`;
}
