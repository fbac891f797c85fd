import type { Sql } from './sql.js';

/** Rows that one call deletes at most. */
export const PURGE_BATCH = 1_000;

// Two cleaners skip each other's rows; a batch keeps the transaction and its locks short.
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
 * Deletes up to `PURGE_BATCH` messages that were finished longer than `retentionSeconds` ago and returns
 * how many; call again while it returns that many. What is not finished is never deleted, whatever its age.
 */
export async function purgeFinished(sql: Sql, retentionSeconds: number): Promise<number> {
  return sql.$executeRawUnsafe(PURGE, retentionSeconds);
}
