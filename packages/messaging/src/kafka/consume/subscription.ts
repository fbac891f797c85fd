import { createOutageLog, withTimeout } from '@lmt/resilience';
import type { MessageHandler, Subscription } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { createKafkaClient } from '../client.js';
import { probeTopics, type TopicOptions } from '../topics/ensure-topics.js';
import { createTopicGuard } from '../topics/topic-guard.js';
import { warnOfPublishedKafkajs } from '../warn-of-published-kafkajs.js';
import { warnOfAddedPartitions } from './added-partitions.js';
import { registerCodecs } from './codecs/register-codecs.js';
import { createConsumerHealth, trackConsumerEvents } from './consumer-health.js';
import { createLagReader } from './consumer-lag.js';
import { createDeadLetterQueue } from './dead-letter-queue.js';
import { createHeldRecords } from './held-records.js';
import { processBatch } from './process-batch.js';

export interface KafkaSubscriptionOptions extends Omit<TopicOptions, 'timeoutMs'> {
  readonly groupId: string;
  readonly topic: string;
  /** Topic for dead letters. Must be one of `topics`, so that it is created. */
  readonly deadLetterTopic: string;
  /** Runs concurrently for several partitions. */
  readonly handler: MessageHandler;
  /** Called when the consumer has ended for good. Must exit the process, so that it restarts. */
  readonly onFatal: (error: Error) => void;
}

/** Retries through any outage. If the consumer stopped, an operator would have to restart it. */
const RETRY = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 1_000 };
const REQUEST_TIMEOUT_MS = 10_000;
const METADATA_MAX_AGE_MS = 10_000;
/** The time limit of a check of /readyz, so that a scrape takes no longer than a check. */
const LAG_TIMEOUT_MS = 2_000;
/** The pause before a retry after the broker has rejected the login or a request. */
const RESTART_MS = 1_000;
/** At close, how long to wait for the batches in flight, and then for leaving the group. */
const FINISH_MS = 10_000;
const LEAVE_MS = 2_000;

/**
 * Starts a consumer at once, even while the broker is down. Commits a batch's offset only after the
 * handler has resolved and the dead letters are parked, so an unfinished batch is always
 * redelivered. While dead letters cannot be parked, the partition continues without a commit.
 */
export function createKafkaSubscription(options: KafkaSubscriptionOptions): Subscription {
  const { brokers, clientId, security, groupId, topics, deadLetterTopic, handler, logger } = options;
  warnOfPublishedKafkajs(logger);
  registerCodecs();
  const health = createConsumerHealth();
  const inFlight = new Set<Promise<void>>();
  let lastProblem: string | null = null;
  /** Why the topics cannot be reached. */
  let obstacle: string | null = null;
  const common = { brokers, security, timeoutMs: REQUEST_TIMEOUT_MS, logger };
  // The consumer runs without the dead-letter topic. Parking a record tries again to create it.
  const withOptional = topics.map((spec) => ({ ...spec, optional: spec.topic !== options.topic }));
  const client = createKafkaClient({
    brokers,
    clientId,
    security,
    retry: RETRY,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    logger,
    onError: (text) => {
      lastProblem = text;
    },
  });
  const consumer = client.kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: 10_000,
    rebalanceTimeout: 30_000,
    heartbeatInterval: 2_000,
    minBytes: 1,
    // The broker answers as soon as it has a message, so a long wait delays none. An idle consumer
    // uses 0.4 % of a core at one request a second, and 2.2 % at ten.
    maxWaitTimeInMs: 1_000,
    // The consumer finds partitions that an operator adds within this time.
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // A foreign producer's open transaction must not delay the records behind it. This project's
    // producer uses no transactions.
    readUncommitted: true,
    retry: RETRY,
  });
  const deadLetters = createDeadLetterQueue({
    ...common,
    topics: topics.filter(({ topic }) => topic === deadLetterTopic),
    clientId: `${clientId}-dlq`,
  });
  const lag = createLagReader({
    brokers,
    security,
    clientId: `${clientId}-lag`,
    groupId,
    topic: options.topic,
    timeoutMs: LAG_TIMEOUT_MS,
    logger,
  });
  const held = createHeldRecords({ deadLetterTopic, park: deadLetters.park, logger });
  const guard = createTopicGuard({
    ensure: () =>
      probeTopics({ ...common, topics: withOptional, clientId: `${clientId}-topics` }).then(
        () => {
          obstacle = null;
        },
        (error) => {
          obstacle = classifyError(error).reason;
          throw error;
        },
      ),
    // During a slow batch the fetch loop is silent although the broker answers.
    isNeeded: () => inFlight.size === 0 && health.silentMs() > 1_500,
  });
  const outage = createOutageLog({
    onDown: (details) => logger.warn(details, 'no messages arrive from Kafka'),
    onUp: (details) => logger.info(details, 'messages arrive from Kafka again'),
    graceMs: 3_000,
  });
  const findAbsence = () => {
    const reason = health.notReadyReason();
    return reason === null || obstacle === null ? reason : `${reason}: ${obstacle}`;
  };
  const reporter = setInterval(() => outage.report(findAbsence(), { brokers, lastProblem }), 1_000);
  const failures = createOutageLog({
    onDown: (details) => logger.warn(details, 'batch failed; Kafka redelivers it until it succeeds'),
    onUp: (details) => logger.info(details, 'batches succeed again'),
  });
  let closing = false;
  let restart: NodeJS.Timeout | undefined;

  const onEnded = (error: Error) => {
    if (closing) return;
    // kafkajs never retries a rejected login or a missing permission. An operator may repair it.
    const { isDenied, reason } = classifyError(error);
    if (isDenied) {
      health.denied(reason);
      restart = setTimeout(() => run().catch(onEnded), RESTART_MS);
      return;
    }
    health.left(`the consumer ended: ${error.message}`);
    logger.error({ err: error, groupId }, 'the Kafka consumer ended and will not restart');
    options.onFatal(error);
  };

  trackConsumerEvents(consumer, health, logger, onEnded);
  consumer.on(consumer.events.GROUP_JOIN, held.reset);
  warnOfAddedPartitions(consumer, topics, logger);

  const run = async () => {
    await guard.retryUntilDone(() => consumer.connect());
    await guard.retryUntilDone(() => consumer.subscribe({ topic: options.topic, fromBeginning: true }));
    if (closing) return;
    void guard.watch();
    await consumer.run({
      // kafkajs would commit offsets past held records, so held-records.ts commits.
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: (payload) => {
        const batch = processBatch(payload, { handler, held, health, failures });
        inFlight.add(batch);
        return batch.finally(() => inFlight.delete(batch));
      },
    });
  };
  run().catch(onEnded);

  return {
    heldDeadLetters: held.count,
    readLag: lag.read,
    notReadyReason: () => findAbsence() ?? held.notReadyReason(),
    async close() {
      closing = true;
      health.left('closing');
      guard.stop();
      clearTimeout(restart);
      clearInterval(reporter);
      await withTimeout(held.commitAtOnce(), LEAVE_MS).catch(() => undefined);
      const left = consumer.disconnect();
      left.catch(() => undefined);
      try {
        await withTimeout(Promise.allSettled(inFlight), FINISH_MS);
        await withTimeout(left, LEAVE_MS);
      } catch (err) {
        // The offsets of unfinished batches are not committed, so another member receives them.
        const batches = inFlight.size;
        logger.warn({ err, batches }, 'left Kafka without confirmation; batches in flight are redelivered');
      }
      held.stop();
      lag.close();
      client.destroy();
      deadLetters.close();
    },
  };
}
