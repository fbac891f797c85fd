import type { Logger } from '@lmt/messaging';
import { type Backlog, countBacklog, type Sql } from '@lmt/outbox';
import { withTimeout } from '@lmt/resilience';
import type { Metrics } from '@lmt/service-kit';

export interface WatchBacklogOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Separate connections with COUNT_SESSION_SETTINGS, so that counting never delays publishing. */
  readonly sql: Sql;
  /** The topics that this relay publishes, or null for any. */
  readonly topics: readonly string[] | null;
}

// How often the relay looks for messages of topics that it does not know.
const CHECK_MS = 60_000;
// The limit of a check of /readyz. A frozen database does not end its statements itself, and a scrape
// would take longer than Prometheus waits.
const COUNT_TIMEOUT_MS = 2_000;

/**
 * Registers gauges that count the backlog at each scrape, and warns about messages of topics that
 * this relay does not know. Returns a function that ends the warnings.
 */
export function watchBacklog({ logger, metrics, sql, topics }: WatchBacklogOptions): () => void {
  // All gauges share one read per scrape.
  let reading: Promise<Backlog | null> | null = null;
  const read = () => {
    reading ??= withTimeout(countBacklog(sql), COUNT_TIMEOUT_MS)
      .catch((err) => {
        logger.debug({ err }, 'cannot count the backlog');
        return null;
      })
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const everyRelay = 'Every relay reports the whole table: use max(), not sum()';

  metrics.gauge({
    name: 'outbox_backlog_messages',
    help: `Unfinished and dead messages, by status, a lower bound while outbox_backlog_capped is 1. NaN: not counted. ${everyRelay}`,
    labelNames: ['status'],
    async collect() {
      const backlog = await read();
      for (const status of ['PENDING', 'PUBLISHED', 'DEAD'] as const) {
        this.set({ status }, backlog?.counts[status] ?? NaN);
      }
    },
  });
  metrics.gauge({
    name: 'outbox_backlog_capped',
    help: '1 if outbox_backlog_messages is a lower bound for the status',
    labelNames: ['status'],
    async collect() {
      const backlog = await read();
      for (const status of ['PENDING', 'PUBLISHED', 'DEAD'] as const) {
        this.set({ status }, backlog === null ? NaN : Number(backlog.atLeast.includes(status)));
      }
    },
  });
  metrics.gauge({
    name: 'outbox_oldest_unfinished_seconds',
    help: `Age of the oldest unfinished message that was counted. NaN: not counted. ${everyRelay}`,
    async collect() {
      const backlog = await read();
      this.set(backlog === null ? NaN : (backlog.oldestUnfinishedSeconds ?? 0));
    },
  });
  metrics.gauge({
    name: 'outbox_unknown_topic_messages',
    help: 'Unfinished messages of topics that this relay does not know. NaN: not counted',
    async collect() {
      const backlog = await read();
      this.set(backlog === null ? NaN : sum(unknownTopics(backlog, topics)));
    },
  });

  async function check(): Promise<void> {
    const backlog = await read();
    const unknown = backlog === null ? [] : unknownTopics(backlog, topics);
    if (unknown.length === 0) return;
    logger.warn(
      { messages: sum(unknown), topics: unknown.map(([topic]) => topic) },
      'messages wait, because this relay does not know their topics; deploy a relay that knows them',
    );
  }
  void check();
  const timer = setInterval(check, CHECK_MS);
  return () => clearInterval(timer);
}

function unknownTopics(backlog: Backlog, known: readonly string[] | null): [topic: string, count: number][] {
  return known === null ? [] : [...backlog.topics].filter(([topic]) => !known.includes(topic));
}

const sum = (counts: readonly (readonly [string, number])[]) =>
  counts.reduce((total, [, count]) => total + count, 0);
