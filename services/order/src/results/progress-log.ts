import { type Backlog, countBacklog } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import type { Logger } from '@lmt/service-kit';
import type { ChangedOrder } from './apply-results.js';

type OpenOrders = readonly { readonly status: string; readonly count: number }[];

// Uses a partial index, so finished orders are not read.
const OPEN_ORDERS = `
SELECT status, count(*)::int AS count FROM orders
WHERE status IN ('PENDING', 'CANCELLING') GROUP BY status ORDER BY status DESC`;

/** Counts for the log line. Zeros are left out. */
function toCounts(
  open: OpenOrders,
  { pending, published, oldestSeconds, dead }: Backlog,
  finished: ReadonlyMap<string, number>,
): Readonly<Record<string, number>> {
  const all: [string, number][] = [
    ...open.map(({ status, count }): [string, number] => [status, count]),
    ...[...finished].map(([status, count]): [string, number] => [`new${status}`, count]),
    ['unpublished', pending],
    ['withoutResult', published],
    ['oldestSeconds', Math.round((oldestSeconds ?? 0) * 10) / 10],
    ['dead', dead],
  ];
  return Object.fromEntries(all.filter(([, value]) => value > 0));
}

export interface ProgressLog {
  /** Counts orders that this process has moved. */
  recordChanged(orders: readonly ChangedOrder[]): void;
  /** Writes one line, if there is work or news since the last line. Never rejects. */
  write(): Promise<void>;
}

/** Logs the progress of the system in one line at a time, for the operator who watches it. */
export function createProgressLog(database: OrderDatabase, logger: Logger): ProgressLog {
  let finished = new Map<string, number>();
  let deadBefore = 0;
  let writing = false;

  async function write(): Promise<void> {
    const [open, backlog] = await Promise.all([
      database.$queryRawUnsafe<OpenOrders>(OPEN_ORDERS),
      countBacklog(database),
    ]);
    // By messages, not by orders: the order of a dead message stays open until an operator decides.
    const inProgress = backlog.pending + backlog.published > 0;
    const hasNews = finished.size > 0 || backlog.dead !== deadBefore;
    if (inProgress || hasNews)
      logger.info(
        toCounts(open, backlog, finished),
        inProgress ? 'in progress' : backlog.dead > 0 ? 'dead messages need an operator' : 'all finished',
      );
    finished = new Map();
    deadBefore = backlog.dead;
  }

  return {
    recordChanged(orders) {
      for (const { status } of orders) finished.set(status, (finished.get(status) ?? 0) + 1);
    },
    async write() {
      if (writing) return;
      writing = true;
      try {
        await write();
      } catch (err) {
        // At debug level: each user of the database reports an outage itself.
        logger.debug({ err }, 'progress unknown');
      } finally {
        writing = false;
      }
    },
  };
}
