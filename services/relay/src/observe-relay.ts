import type { Logger } from '@lmt/messaging';
import type { BatchReport, PublishedMessage, RelayObserver } from '@lmt/outbox';
import { databaseReason } from '@lmt/postgres';
import { createOutageLog, throttleLog, withTimeout } from '@lmt/resilience';
import type { Metrics } from '@lmt/service-kit';
import { logFields } from '@lmt/tracing';
import type { tracePublications } from './trace-publications.js';

export interface RelayObserverOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called when the broker acknowledged messages or answered a probe. */
  readonly onBrokerSuccess: () => void;
  /** The readiness check of the broker. The gauge outbox_broker_up shows it too. */
  readonly brokerReason: () => Promise<string | null>;
  /** Names the destination of the messages in log lines, such as `the broker`. */
  readonly receiver: string;
  /** Records the spans of a batch. The log lines of a message then have the ids of its span. */
  readonly tracePublications?: ReturnType<typeof tracePublications> | null;
}

// The same time limit as for a check of /readyz.
const READINESS_TIMEOUT_MS = 2_000;

/** Creates an observer that turns the relay's reports into log lines and Prometheus metrics. */
export function observeRelay(options: RelayObserverOptions): RelayObserver {
  const { logger, metrics, onBrokerSuccess, brokerReason, receiver, tracePublications } = options;
  const published = metrics.counter(
    { name: 'outbox_published_total', help: 'Messages acknowledged by the broker', labelNames: ['kind'] },
    [{ kind: 'first' }, { kind: 'again' }],
  );
  const failed = metrics.counter({
    name: 'outbox_publish_failed_total',
    help: 'Failed publications, to be retried',
  });
  const blocked = metrics.counter({
    name: 'outbox_publish_blocked_total',
    help: 'Postponed publications, because the partition or topic accepts no messages at present',
  });
  const dead = metrics.counter({ name: 'outbox_dead_total', help: 'Messages that can never be published' });
  const fenced = metrics.counter({
    name: 'outbox_fenced_total',
    help: 'Stale writes: the message was completed meanwhile or its lease had expired',
  });
  metrics.gauge({
    name: 'outbox_broker_up',
    help: '1 while the check broker of /readyz passes',
    async collect() {
      const reason = await withTimeout(brokerReason(), READINESS_TIMEOUT_MS).catch(String);
      this.set(reason === null ? 1 : 0);
    },
  });
  const purged = metrics.counter({ name: 'outbox_purged_total', help: 'Finished messages that were purged' });
  const purgeFailed = metrics.counter({
    name: 'outbox_purge_failed_total',
    help: 'Failed purges; the next tick tries again',
  });

  const databaseOutage = createOutageLog({
    onDown: (details) => logger.error(details, 'cannot read the message table; retrying'),
    onUp: (details) => logger.info(details, 'the message table can be read again'),
  });
  const logBlocked = throttleLog<{ readonly reason: string | undefined }>((details, batches) =>
    logger.warn({ ...details, batches }, 'messages wait, because their partition or topic accepts none'),
  );
  const purgeOutage = createOutageLog({
    onDown: (details) => logger.warn(details, 'cannot purge finished messages; each tick tries again'),
    onUp: (details) => logger.info(details, 'finished messages can be purged again'),
  });

  return {
    batchPublished(report) {
      databaseOutage.report(null);
      if (report.published.length > 0) onBrokerSuccess();
      const firsts = report.published.filter(isFirst).length;
      published.inc({ kind: 'first' }, firsts);
      published.inc({ kind: 'again' }, report.published.length - firsts);
      failed.inc(report.failed.length);
      blocked.inc(report.blocked.length);
      if (report.blocked.length > 0) logBlocked({ reason: report.blocked[0]?.reason });
      dead.inc(report.dead.length);
      fenced.inc(report.staleWrites);
      const traceparents = tracePublications?.(report);
      logBatch(logger, report, traceparents?.size ? toTracedIds(traceparents) : toMessageIds);
    },
    brokerUnavailable(reason) {
      logger.warn({ reason }, `${receiver} is unavailable; messages wait in the table`);
    },
    brokerAvailable(downForMs) {
      onBrokerSuccess();
      logger.info({ downForSeconds: toSeconds(downForMs) }, `${receiver} is available again`);
    },
    databaseFailed(err) {
      const reason = databaseReason(err);
      databaseOutage.report(reason ?? 'unexpected error', reason === null ? { err } : {});
    },
    listenerLost: (err) => logger.debug({ err }, 'wake-up connection lost'),
    messagesPurged(messages) {
      purgeOutage.report(null);
      purged.inc(messages);
      if (messages > 0) logger.info({ messages }, 'purged finished messages');
    },
    purgeFailed(err) {
      purgeFailed.inc();
      const reason = databaseReason(err);
      purgeOutage.report(reason ?? 'unexpected error', reason === null ? { err } : {});
    },
  };
}

const toSeconds = (ms: number) => Math.round(ms / 100) / 10;

/** Also true for the first publication after a requeue, because its result is not overdue. */
const isFirst = ({ message }: Pick<PublishedMessage, 'message'>) => message.status === 'PENDING';

type ToIds = (one: Pick<PublishedMessage, 'message'>) => object;

const toMessageIds: ToIds = ({ message }) => ({ orderId: message.key, messageId: message.id });

const toTracedIds =
  (traceparents: ReadonlyMap<string, string>): ToIds =>
  (one) => ({ ...toMessageIds(one), ...logFields(traceparents.get(one.message.id)) });

function logBatch(logger: Logger, { published, failed, dead, staleWrites }: BatchReport, toIds: ToIds): void {
  const firsts = published.filter(isFirst);
  const [first] = firsts;
  if (first !== undefined && firsts.length === 1) {
    logger.info({ type: first.message.type, ...toIds(first) }, 'published');
  } else if (firsts.length > 1) {
    logger.info({ messages: firsts.length }, 'published');
  }
  for (const one of published) {
    if (isFirst(one)) continue;
    const details = { attempt: one.attempt, nextInSeconds: toSeconds(one.nextAttemptInMs), ...toIds(one) };
    logger.info(details, 'no result by the deadline; republished');
  }
  for (const one of failed) {
    const details = { reason: one.reason, nextInSeconds: toSeconds(one.nextAttemptInMs), ...toIds(one) };
    logger.warn(details, 'not published; will retry');
  }
  for (const one of dead) {
    logger.error({ reason: one.reason, ...toIds(one) }, 'message is DEAD: it can never be published');
  }
  if (staleWrites > 0) {
    logger.debug({ messages: staleWrites }, 'stale writes: completed meanwhile, or leased by another relay');
  }
}
