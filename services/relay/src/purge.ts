import { purgeFinished, type Sql } from '@lmt/outbox';
import type { Logger } from '@lmt/service-kit';

/** Returns a function that purges finished messages; called while it runs, it does nothing. */
export function createPurge(sql: Sql, retentionSeconds: number, logger: Logger): () => Promise<void> {
  let running = false;
  return async () => {
    if (running) return;
    running = true;
    try {
      let total = 0;
      for (let deleted = -1; deleted !== 0; total += deleted)
        deleted = await purgeFinished(sql, retentionSeconds);
      if (total > 0) logger.info({ messages: total }, 'purged what was finished long ago');
    } catch (err) {
      logger.debug({ err }, 'purge failed; the next tick tries again');
    } finally {
      running = false;
    }
  };
}
