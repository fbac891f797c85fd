import type { Sql } from './sql.js';

/** The maximum number of rows that one call deletes. */
export const PURGE_BATCH = 1_000;

// Concurrent purges skip each other's rows. Small batches keep the transaction and its locks short.
const PURGE = `
WITH finished AS MATERIALIZED (
  SELECT id FROM outbox_messages
  WHERE status IN ('COMPLETED', 'DISCARDED') AND completed_at <= now() - $1::float8 * interval '1 second'
  ORDER BY completed_at
  LIMIT ${PURGE_BATCH}
  FOR UPDATE SKIP LOCKED
)
DELETE FROM outbox_messages m USING finished WHERE m.id = finished.id`;

/**
 * Deletes up to PURGE_BATCH messages that finished more than `retentionSeconds` ago. Returns their
 * number; call again while it is PURGE_BATCH. Unfinished messages are never deleted.
 */
export async function purgeFinished(sql: Sql, retentionSeconds: number): Promise<number> {
  return sql.$executeRawUnsafe(PURGE, retentionSeconds);
}
