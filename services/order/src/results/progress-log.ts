import { type Backlog, countBacklog } from '@lmt/outbox';
import type { OrderDatabase } from '@lmt/prisma-order';
import type { Logger } from '@lmt/service-kit';
import type { ChangedOrder } from './apply-results.js';

/** What a line of progress says. Counts of zero are left out. */
export type Progress = Readonly<Record<string, number>>;

type OpenOrders = readonly { readonly status: string; readonly count: number }[];

// Through a partial index: finished orders are not read.
const OPEN_ORDERS = `
SELECT status, count(*)::int AS count FROM orders
WHERE status IN ('PENDING', 'CANCELLING') GROUP BY status ORDER BY status DESC`;

/** The line for what there is and what has happened since the last one; null when it would say nothing new. */
export function progressLine(
  open: OpenOrders,
  backlog: Backlog,
  finished: ReadonlyMap<string, number>,
  deadBefore: number,
): { readonly message: string; readonly progress: Progress } | null {
  const { pending, published, oldestSeconds, dead } = backlog;
  // Not by the orders: that of a dead message stays open until a person decides.
  const underWay = pending + published > 0;
  if (!underWay && finished.size === 0 && dead === deadBefore) return null;
  const all: [string, number][] = [
    ...open.map(({ status, count }): [string, number] => [status, count]),
    ...[...finished].map(([status, count]): [string, number] => [`new${status}`, count]),
    ['unpublished', pending],
    ['withoutResult', published],
    ['oldestSeconds', Math.round((oldestSeconds ?? 0) * 10) / 10],
    ['dead', dead],
  ];
  return {
    message: underWay ? 'under way' : dead > 0 ? 'dead messages wait for a person' : 'all finished',
    progress: Object.fromEntries(all.filter(([, value]) => value > 0)),
  };
}

export interface ProgressReport {
  /** Orders that this process has moved. */
  changed(orders: readonly ChangedOrder[]): void;
  /** Logs one line while something goes on, none while nothing does. Never rejects. */
  report(): Promise<void>;
}

/** Tells people how far the system is, now and then, in a line. */
export function createProgressReport(database: OrderDatabase, logger: Logger): ProgressReport {
  let finished = new Map<string, number>();
  let deadBefore = 0;
  let reading = false;
  return {
    changed(orders) {
      for (const { status } of orders) finished.set(status, (finished.get(status) ?? 0) + 1);
    },
    async report() {
      if (reading) return;
      reading = true;
      try {
        const [open, backlog] = await Promise.all([
          database.$queryRawUnsafe<OpenOrders>(OPEN_ORDERS),
          countBacklog(database),
        ]);
        const line = progressLine(open, backlog, finished, deadBefore);
        finished = new Map();
        deadBefore = backlog.dead;
        if (line) logger.info(line.progress, line.message);
      } catch (err) {
        // Whatever needs the database says so itself.
        logger.debug({ err }, 'progress unknown');
      } finally {
        reading = false;
      }
    },
  };
}
