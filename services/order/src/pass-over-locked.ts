import { databaseFailure } from '@lmt/prisma-order';

/** What a transaction does about rows that another one has locked. */
export type OfLocked = 'wait' | 'skip';

/**
 * Runs `work`, which may wait for rows as long as the session's `lock_timeout` says; when that passes,
 * runs it once more without those rows. So a transaction that somebody has forgotten holds up its own
 * rows and, for that long, what came together with them, and nothing else.
 */
export async function passOverLocked<T>(work: (ofLocked: OfLocked) => Promise<T>): Promise<T> {
  try {
    return await work('wait');
  } catch (error) {
    if (databaseFailure(error) !== 'locked') throw error;
    return work('skip');
  }
}
