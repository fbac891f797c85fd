import { PURGE_BATCH, purgeFinished, type Sql } from '@lmt/outbox';
import type { Logger } from '@lmt/service-kit';

/** Returns a function that purges finished messages; called while it runs, it does nothing. */
export function createPurge(sql: Sql, retentionSeconds: number, logger: Logger): () => Promise<void> {
  let running = false;
  return async () => {
    if (running) return;
    running = true;
    try {
      let total = 0;
      let deleted: number;
      do {
        deleted = await purgeFinished(sql, retentionSeconds);
        total += deleted;
      } while (deleted === PURGE_BATCH);
      if (total > 0) logger.info({ messages: total }, 'purged what was finished long ago');
    } catch (err) {
      logger.debug({ err }, 'purge failed; the next tick tries again');
    } finally {
      running = false;
    }
  };
}
