import type { Sql } from './sql.js';

/** The maximum number of rows that one call of purge_finished_messages deletes. */
export const PURGE_BATCH = 1_000;

const PURGE = `
SELECT purged, finished_until AS "finishedUntil"
FROM purge_finished_messages(make_interval(secs => $1::float8), $2::timestamptz)`;

interface PurgedBatch {
  readonly purged: number;
  /** The last time of completion among the deleted rows. */
  readonly finishedUntil: Date | null;
}

// While a transaction holds an old snapshot, the index entries of deleted rows remain. A purge
// therefore resumes at the last row that it deleted. Rows that it missed, because they were locked
// or committed late, are found once in this interval.
const COMPLETE_PURGE_MS = 60_000;
const BEGINNING = new Date(0);

export interface PurgeOptions {
  readonly sql: Sql;
  readonly retentionSeconds: number;
  readonly monotonicNow: () => number;
}

/**
 * Returns a function that deletes up to PURGE_BATCH messages that finished more than
 * `retentionSeconds` ago, and returns their number. Call it again while it is PURGE_BATCH. The
 * database function never deletes unfinished messages, and the relay has no other right to delete.
 */
export function createPurge({ sql, retentionSeconds, monotonicNow }: PurgeOptions): () => Promise<number> {
  let from = BEGINNING;
  let completeAt = monotonicNow();
  return async () => {
    if (monotonicNow() >= completeAt) {
      from = BEGINNING;
      completeAt = monotonicNow() + COMPLETE_PURGE_MS;
    }
    const [batch] = await sql.$queryRawUnsafe<PurgedBatch[]>(PURGE, retentionSeconds, from);
    from = batch?.finishedUntil ?? from;
    return batch?.purged ?? 0;
  };
}
