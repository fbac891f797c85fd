-- Changes only a function. No statement reads or rewrites the table.
SET LOCAL lock_timeout = '3s';

-- As before, but finds the rows to delete by an array of ids. For a join, the planner read the whole
-- primary key if the statistics described an empty table: 4 s instead of 5 ms for a thousand rows.
CREATE OR REPLACE FUNCTION purge_finished_messages(
  retention interval, finished_from timestamptz, OUT purged integer, OUT finished_until timestamptz
)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
  WITH finished AS MATERIALIZED (
    SELECT f.id FROM outbox_messages f
    WHERE f.status IN ('COMPLETED', 'DISCARDED')
      AND f.completed_at >= finished_from AND f.completed_at <= now() - retention
    ORDER BY f.completed_at
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM outbox_messages m WHERE m.id = ANY(ARRAY(SELECT id FROM finished)) RETURNING m.completed_at
  )
  SELECT count(*)::integer, max(completed_at) FROM deleted;
END;
