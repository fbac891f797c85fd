import {
  type Backlog,
  type BatchReport,
  countBacklog,
  type PublishedMessage,
  type RelayObserver,
  type Sql,
} from '@lmt/outbox';
import type { Logger, Metrics } from '@lmt/service-kit';

const seconds = (ms: number) => Math.round(ms / 100) / 10;

/** Or the first since a person requeued it: nobody has waited for a result of this one. */
const isFirst = ({ message }: Pick<PublishedMessage, 'message'>) => message.status === 'PENDING';

function logBatch(logger: Logger, { published, failed, dead, staleWrites }: BatchReport): void {
  const first = published.filter(isFirst);
  if (first.length === 1) {
    for (const { message } of first) {
      logger.info({ type: message.type, orderId: message.key, messageId: message.id }, 'published');
    }
  } else if (first.length > 1) {
    logger.info({ messages: first.length }, 'published');
  }
  for (const { message, attempt, nextAttemptInMs } of published) {
    if (isFirst({ message })) continue;
    const next = { attempt, nextInSeconds: seconds(nextAttemptInMs) };
    logger.info(
      { ...next, orderId: message.key, messageId: message.id },
      'no result in time, published again',
    );
  }
  for (const { message, reason, nextAttemptInMs } of failed) {
    const next = { reason, nextInSeconds: seconds(nextAttemptInMs) };
    logger.warn(
      { ...next, orderId: message.key, messageId: message.id },
      'not published, will be tried again',
    );
  }
  for (const { message, reason } of dead) {
    logger.error({ reason, orderId: message.key, messageId: message.id }, 'can never be published: DEAD');
  }
  if (staleWrites > 0)
    logger.debug({ messages: staleWrites }, 'completed meanwhile, or another relay has them');
}

/** What is unfinished, read when somebody asks. NaN while the database can't say. */
function watchBacklog(metrics: Metrics, sql: Sql): void {
  const unknown: Backlog = { pending: NaN, published: NaN, oldestSeconds: NaN, dead: NaN };
  // Both gauges of one scrape share one read.
  let reading: Promise<Backlog> | null = null;
  const read = () => {
    reading ??= countBacklog(sql)
      .catch(() => unknown)
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  metrics.gauge({
    name: 'outbox_backlog_messages',
    help: 'Messages under way, and dead ones, by status',
    labelNames: ['status'],
    async collect() {
      const { pending, published, dead } = await read();
      this.set({ status: 'PENDING' }, pending);
      this.set({ status: 'PUBLISHED' }, published);
      this.set({ status: 'DEAD' }, dead);
    },
  });
  metrics.gauge({
    name: 'outbox_oldest_unfinished_seconds',
    help: 'Age of the oldest unfinished message',
    async collect() {
      this.set((await read()).oldestSeconds ?? 0);
    },
  });
}

/** Tells people and Prometheus what the relay does, and `onBrokerAnswered` that the broker took something. */
export function observeRelay(
  logger: Logger,
  metrics: Metrics,
  sql: Sql,
  onBrokerAnswered: () => void,
): RelayObserver {
  const published = metrics.counter({
    name: 'outbox_published_total',
    help: 'Messages the broker acknowledged',
    labelNames: ['kind'],
  });
  const failed = metrics.counter({
    name: 'outbox_publish_failed_total',
    help: 'Messages not published, tried again later',
  });
  const dead = metrics.counter({ name: 'outbox_dead_total', help: 'Messages that can never be published' });
  const staleWrites = metrics.counter({
    name: 'outbox_fenced_total',
    help: 'Writes refused because the message was no longer ours',
  });
  const up = metrics.gauge({ name: 'outbox_broker_up', help: '1 while the broker takes messages' });
  up.set(1);
  watchBacklog(metrics, sql);

  let databaseDown = false;
  return {
    batchPublished(report) {
      if (databaseDown) logger.info('the database answers again');
      databaseDown = false;
      if (report.published.length > 0) onBrokerAnswered();
      const again = report.published.filter((one) => !isFirst(one)).length;
      published.inc({ kind: 'first' }, report.published.length - again);
      published.inc({ kind: 'again' }, again);
      failed.inc(report.failed.length);
      dead.inc(report.dead.length);
      staleWrites.inc(report.staleWrites);
      logBatch(logger, report);
    },
    brokerUnavailable(reason) {
      up.set(0);
      logger.warn({ reason }, 'the broker is unavailable; messages wait in the table');
    },
    brokerAvailable(downForMs) {
      up.set(1);
      onBrokerAnswered();
      logger.info({ downForSeconds: seconds(downForMs) }, 'the broker is available again');
    },
    databaseFailed(err) {
      if (!databaseDown) logger.error({ err }, 'the message table can not be read; trying again');
      databaseDown = true;
    },
  };
}
