/** Events that `history` records. First publication and completion have columns of their own. */
type HistoryEvent = 'republished' | 'publish-failed' | 'died' | 'late-result' | 'requeued' | 'discarded';

const MAX_ENTRIES = 50;

// Deaths, late results and operators' decisions are kept as long as there is a retry to drop.
const OLDEST_RETRY = `coalesce((
  SELECT min(e.position) - 1 FROM jsonb_array_elements(m.history) WITH ORDINALITY AS e (entry, position)
  WHERE e.entry ->> 'event' IN ('republished', 'publish-failed')
), 0)::int`;

/**
 * SQL that appends an entry to `m.history`. At 50 entries it drops the oldest retry, so that a
 * message retried for months does not grow. `fields` are arguments of jsonb_build_object; null
 * values are left out.
 */
export function appendHistorySql(event: HistoryEvent, fields = ''): string {
  const entry = `jsonb_strip_nulls(jsonb_build_object('at', now(), 'event', '${event}'${fields === '' ? '' : `, ${fields}`}))`;
  return `(CASE WHEN jsonb_array_length(m.history) >= ${MAX_ENTRIES} THEN m.history - ${OLDEST_RETRY} ELSE m.history END) || ${entry}`;
}
