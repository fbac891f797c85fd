import { countBacklog } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import type { Logger } from '@lmt/service-kit';
import type { ChangedOrder } from './apply-results.js';

type OpenOrders = readonly { readonly status: string; readonly count: number }[];

// Uses a partial index, so finished orders are not read.
const OPEN_ORDERS = `
SELECT status, count(*)::int AS count FROM orders
WHERE status IN ('PENDING', 'CANCELLING') GROUP BY status ORDER BY status DESC`;

export type ProgressLog = ReturnType<typeof createProgressLog>;

/** Logs unfinished work and newly finished orders, at most one line per call of `write`. */
export function createProgressLog(database: OrderDatabase, logger: Logger) {
  let finished = new Map<string, number>();
  let deadBefore = 0;
  let writing = false;

  async function write(): Promise<void> {
    const [open, { pending, published, oldestSeconds, dead }] = await Promise.all([
      database.$queryRawUnsafe<OpenOrders>(OPEN_ORDERS),
      countBacklog(database),
    ]);
    const counts = {
      ...Object.fromEntries(open.map(({ status, count }) => [status, count])),
      ...Object.fromEntries([...finished].map(([status, count]) => [`new${status}`, count])),
      unpublished: pending,
      withoutResult: published,
      oldestSeconds: Math.round((oldestSeconds ?? 0) * 10) / 10,
      dead,
    };
    // Depends on messages, because a dead message's order stays open until an operator decides.
    const inProgress = pending + published > 0;
    if (inProgress || finished.size > 0 || dead !== deadBefore)
      logger.info(
        Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
        inProgress ? 'in progress' : dead > 0 ? 'dead messages need an operator' : 'all finished',
      );
    finished = new Map();
    deadBefore = dead;
  }

  return {
    /** Counts orders whose status this process has changed. */
    recordChanged(orders: readonly ChangedOrder[]): void {
      for (const { status } of orders) finished.set(status, (finished.get(status) ?? 0) + 1);
    },
    /** Writes one line if work is in progress or has ended since the last line. Never rejects. */
    async write(): Promise<void> {
      if (writing) return;
      writing = true;
      try {
        await write();
      } catch (err) {
        // Debug level, because other code that uses the database already reports outages.
        logger.debug({ err }, 'progress unknown');
      } finally {
        writing = false;
      }
    },
  };
}
