import { databaseReason, type SqlClient } from '@lmt/postgres';
import { createOutageLog, type StallDetector } from '@lmt/resilience';
import type { Logger } from '@lmt/service-kit';
import { expireOrders, FIRST_ID } from './expire-orders.js';

export interface ExpiringOptions {
  readonly database: SqlClient;
  readonly afterSeconds: number;
  readonly logger: Logger;
  readonly stallDetector: StallDetector;
}

/** Returns the pause between two searches: short compared with the time that orders have. */
export function expiryPauseMs(afterSeconds: number): number {
  return Math.min(Math.max(afterSeconds * 100, 1_000), 10_000);
}

/** Cancels expired orders until the returned function is called, which waits for the last batch. */
export function startExpiring(options: ExpiringOptions): () => Promise<void> {
  const { database, afterSeconds, logger, stallDetector } = options;
  const outage = createOutageLog({
    onDown: (details) => logger.warn(details, 'expired orders cannot be cancelled; retrying'),
    onUp: (details) => logger.info(details, 'expired orders are cancelled again'),
  });
  let after = FIRST_ID;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function expireBatch(): Promise<void> {
    const batch = await stallDetector.track(() => expireOrders(database, { afterSeconds, after }));
    outage.report(null);
    after = batch.last ?? FIRST_ID;
    const { orders, takenBack } = batch;
    if (orders.length > 0)
      logger.info({ orders: orders.length, takenBack, first: orders[0] }, 'orders expired');
  }

  async function run(): Promise<void> {
    try {
      await expireBatch();
    } catch (err) {
      after = FIRST_ID;
      const reason = databaseReason(err);
      outage.report(reason ?? 'unexpected error', reason === null ? { err } : {});
    }
    if (!stopped) timer = setTimeout(next, after === FIRST_ID ? expiryPauseMs(afterSeconds) : 0);
  }

  let running = Promise.resolve();
  function next(): void {
    running = run();
  }
  next();

  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
