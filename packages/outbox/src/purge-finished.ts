import type { Sql } from './sql.js';

/** The maximum number of rows that one call of purge_finished_messages deletes. */
export const PURGE_BATCH = 1_000;

const PURGE = `
SELECT purged, finished_until AS "finishedUntil"
FROM purge_finished_messages(make_interval(secs => $1::float8), $2::timestamptz)`;

interface PurgedBatch {
  readonly purged: number;
  /** The latest completion time of the deleted rows. */
  readonly finishedUntil: Date | null;
}

// While a transaction holds an old snapshot, the index entries of deleted rows remain, so a purge
// resumes at the last deleted row. Once per interval it starts over, to find rows that were locked
// or committed late.
const COMPLETE_PURGE_MS = 60_000;
const BEGINNING = new Date(0);

export interface PurgeOptions {
  readonly sql: Sql;
  readonly retentionSeconds: number;
  readonly monotonicNow: () => number;
}

/**
 * Returns a function that deletes up to PURGE_BATCH messages that finished more than
 * `retentionSeconds` ago, and returns their number. If the number is PURGE_BATCH, call it again.
 * The database function never deletes unfinished messages, and the relay has no other right to
 * delete.
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
