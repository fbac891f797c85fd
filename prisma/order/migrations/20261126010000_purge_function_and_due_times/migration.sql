-- Changes only defaults, rights and a function. No statement reads or rewrites the table.
SET LOCAL lock_timeout = '3s';

-- A new message is due whatever the database clock says, also after the clock was set back.
ALTER TABLE outbox_messages ALTER COLUMN available_at SET DEFAULT '-infinity';

-- Deletes up to a thousand messages that finished more than `retention` ago, oldest first, and
-- returns their number and the last time of completion. Rows that other transactions have locked
-- are skipped, so concurrent purges do not wait for each other. `finished_from` lets the caller
-- resume behind the rows it has deleted, whose index entries remain while a snapshot is held.
CREATE FUNCTION purge_finished_messages(
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
    DELETE FROM outbox_messages m USING finished WHERE m.id = finished.id RETURNING m.completed_at
  )
  SELECT count(*)::integer, max(completed_at) FROM deleted;
END;

-- The relay deletes finished messages through the function only.
REVOKE ALL ON FUNCTION purge_finished_messages FROM PUBLIC;
GRANT EXECUTE ON FUNCTION purge_finished_messages TO lmt_relay;
REVOKE DELETE ON outbox_messages FROM lmt_relay;
-- The claim reads the last assigned `seq`, behind which it resumes.
GRANT SELECT ON SEQUENCE outbox_messages_seq_seq TO lmt_relay;
