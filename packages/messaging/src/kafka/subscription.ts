import { createOutageLog } from '@lmt/resilience';
import type { Logger } from '../logger.js';
import type { MessageHandler, Subscription } from '../port.js';
import { classifyError } from './classify-error.js';
import { createKafkaClient } from './client.js';
import { createDeadLetterQueue } from './dead-letter-queue.js';
import type { TopicSpec } from './ensure-topics.js';
import { ensureTopicsOnce } from './ensure-topics-once.js';
import { followConsumer } from './follow-consumer.js';
import { leaveGroup } from './leave-group.js';
import { createLiveness } from './liveness.js';
import { processBatch } from './process-batch.js';
import { createTopicGuard } from './topic-guard.js';

export interface KafkaSubscriptionOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly groupId: string;
  readonly topic: string;
  /** Where messages go that the handler can't process; one of `topics`, so that it exists. */
  readonly deadLetterTopic: string;
  /** Created if they are missing. */
  readonly topics: readonly TopicSpec[];
  /** Called for several partitions at once. */
  readonly handler: MessageHandler;
  readonly logger: Logger;
  /** The consumer has ended for good: exit, and be started again. */
  readonly onFatal: (error: Error) => void;
  /** Bounds `close`; a handler that takes longer is left to its batch, which comes again. */
  readonly closeTimeoutMs?: number;
}

/** An outage is waited for, however long: a consumer that gave up would need a person. */
const retry = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 1000 };
const requestTimeoutMs = 10_000;

/**
 * Starts at once and needs no broker to be there yet. Offsets are committed only after the handler
 * resolved and its dead letters are parked: a crash at any line delivers the batch again.
 */
export function createKafkaSubscription(options: KafkaSubscriptionOptions): Subscription {
  const { brokers, clientId, groupId, topics, handler, logger, closeTimeoutMs = 10_000 } = options;
  const liveness = createLiveness();
  const inHand = new Set<Promise<void>>();
  let lastProblem: string | null = null;
  const client = createKafkaClient({
    brokers,
    clientId,
    retry,
    requestTimeoutMs,
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
    heartbeatInterval: 2000,
    minBytes: 1,
    // The broker answers at the first byte: a long wait delays no message, and an idle consumer that
    // asks twice a second takes 0.6 % of a core instead of 2.2 % at ten times.
    maxWaitTimeInMs: 500,
    retry,
  });
  const deadLetters = createDeadLetterQueue(options.deadLetterTopic, {
    brokers,
    clientId: `${clientId}-dlq`,
    topics,
    timeoutMs: requestTimeoutMs,
    logger,
  });
  const guard = createTopicGuard({
    ensure: () =>
      ensureTopicsOnce({
        brokers,
        clientId: `${clientId}-topics`,
        topics,
        timeoutMs: requestTimeoutMs,
        logger,
      }).catch((error) => {
        lastProblem = classifyError(error).reason;
        throw error;
      }),
    // A batch that takes long is no silence of the broker's.
    isNeeded: () => inHand.size === 0 && liveness.silentMs() > 1500,
  });
  const outage = createOutageLog({
    onDown: (details) => logger.warn(details, 'no messages arrive from Kafka'),
    onUp: (details) => logger.info(details, 'messages arrive from Kafka again'),
    graceMs: 3_000,
  });
  const reporter = setInterval(
    () => outage.report(liveness.notReadyBecause(), { brokers, lastProblem }),
    1000,
  );
  const failures = createOutageLog({
    onDown: (details) => logger.warn(details, 'batch failed; Kafka redelivers it until it succeeds'),
    onUp: (details) => logger.info(details, 'batches succeed again'),
  });
  let closing = false;

  const fatal = (error: Error) => {
    if (closing) return;
    liveness.left(`the consumer ended: ${error.message}`);
    logger.error({ err: error, groupId }, 'the Kafka consumer ended for good');
    options.onFatal(error);
  };

  followConsumer(consumer, liveness, logger, fatal);

  const run = async () => {
    await guard.untilDone(() => consumer.connect());
    await guard.untilDone(() => consumer.subscribe({ topic: options.topic, fromBeginning: true }));
    if (closing) return;
    void guard.watch();
    await consumer.run({
      autoCommit: true,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: (payload) => {
        const batch = processBatch(payload, { handler, deadLetters, liveness, failures });
        inHand.add(batch);
        return batch.finally(() => inHand.delete(batch));
      },
    });
  };
  run().catch(fatal);

  return {
    notReadyBecause: () => liveness.notReadyBecause(),
    async close() {
      closing = true;
      liveness.left('closing');
      guard.stop();
      clearInterval(reporter);
      await leaveGroup(consumer, inHand, closeTimeoutMs, logger);
      client.destroy();
      deadLetters.close();
    },
  };
}
