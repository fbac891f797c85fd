import { countBacklog } from '@lmt/outbox';
import type { SqlClient } from '@lmt/postgres';
import type { Logger } from '@lmt/service-kit';
import type { ChangedOrder } from './apply-results.js';

const OPEN_STATUSES = ['PENDING', 'CANCELLING'] as const;

const WRITE_EVERY_MS = 10_000;
/** The maximum count of open orders of each status. */
const COUNT_LIMIT = 50_000;

// Uses a partial index, so finished orders are not read.
const OPEN_ORDERS = OPEN_STATUSES.map(
  (status) => `
SELECT '${status}' AS status, count(*)::int AS count
FROM (SELECT FROM orders WHERE status = '${status}' ORDER BY id LIMIT ${COUNT_LIMIT}) AS open`,
).join('\nUNION ALL');

type OpenOrders = readonly { readonly status: string; readonly count: number }[];

export type ProgressLog = ReturnType<typeof createProgressLog>;

/**
 * Logs unfinished work and newly finished orders, at most one line per `write`.
 *
 * @param database connections of its own, with COUNT_SESSION_SETTINGS, so that counting never
 *   delays orders
 */
export function createProgressLog(database: SqlClient, logger: Logger) {
  let finished = new Map<string, number>();
  let deadBefore = 0;
  let writing = false;

  async function write(): Promise<void> {
    const open = await database.$queryRawUnsafe<OpenOrders>(OPEN_ORDERS);
    const { counts: messages, atLeast, oldestUnfinishedSeconds } = await countBacklog(database);
    const { PENDING: unpublished, PUBLISHED: withoutResult, DEAD: dead } = messages;
    // Depends on messages, because a dead message's order stays open until an operator decides.
    const inProgress = unpublished + withoutResult > 0;
    // Messages are read after orders, so an order that was open then may be finished by now.
    const stillOpen = inProgress || dead > 0 ? open : [];
    const counts = {
      ...Object.fromEntries(stillOpen.map(({ status, count }) => [status, count])),
      ...Object.fromEntries([...finished].map(([status, count]) => [`new${status}`, count])),
      unpublished,
      withoutResult,
      oldestSeconds: Math.round((oldestUnfinishedSeconds ?? 0) * 10) / 10,
      dead,
    };
    // The line does not mark lower bounds.
    const isCapped = atLeast.length > 0 || open.some(({ count }) => count >= COUNT_LIMIT);
    if (inProgress || finished.size > 0 || dead !== deadBefore)
      logger.info(
        {
          ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
          ...(isCapped && { atLeast: true }),
        },
        inProgress ? 'in progress' : dead > 0 ? 'dead messages need an operator' : 'all finished',
      );
    finished = new Map();
    deadBefore = dead;
  }

  const log = {
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
    /** Writes regularly until the returned function is called. */
    start(): () => void {
      const timer = setInterval(log.write, WRITE_EVERY_MS);
      return () => clearInterval(timer);
    },
  };
  return log;
}
