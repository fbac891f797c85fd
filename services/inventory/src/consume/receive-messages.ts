import { ORDER_EVENTS_DEAD_LETTER_TOPIC, ORDER_EVENTS_TOPIC, ORDER_EVENTS_TOPICS } from '@lmt/contracts';
import {
  createKafkaSubscription,
  type MessageHandler,
  receiveDirectBatch,
  type Subscription,
} from '@lmt/messaging';
import {
  type Logger,
  type Metrics,
  methodNotAllowed,
  readKafkaSecurity,
  requireSignature,
} from '@lmt/service-kit';
import type { Router } from 'express';
import type { Config } from '../config.js';
import type { MessageSource } from './processing-span.js';

/** Describes where messages come from, for spans. */
export function readSource({ BROKER, KAFKA_TOPIC_PREFIX, KAFKA_GROUP_ID }: Config): MessageSource {
  return BROKER === 'kafka'
    ? { system: 'kafka', topic: KAFKA_TOPIC_PREFIX + ORDER_EVENTS_TOPIC, group: KAFKA_GROUP_ID }
    : { system: 'http', topic: ORDER_EVENTS_TOPIC, group: 'inventory' };
}

/** Joins the Kafka consumer group, or does nothing if the relay posts messages directly. */
export function subscribe(
  settings: Config,
  handler: MessageHandler,
  logger: Logger,
  metrics: Metrics,
): Subscription {
  if (settings.BROKER === 'direct') {
    return {
      notReadyReason: () => null,
      heldDeadLetters: () => 0,
      readLag: async () => null,
      close: async () => {},
    };
  }
  const prefix = settings.KAFKA_TOPIC_PREFIX;
  const subscription = createKafkaSubscription({
    brokers: settings.KAFKA_BROKERS,
    clientId: 'inventory',
    security: readKafkaSecurity(settings),
    groupId: settings.KAFKA_GROUP_ID,
    topic: prefix + ORDER_EVENTS_TOPIC,
    deadLetterTopic: prefix + ORDER_EVENTS_DEAD_LETTER_TOPIC,
    topics: ORDER_EVENTS_TOPICS.map(({ topic, partitions }) => ({
      topic: prefix + topic,
      partitions,
      replicationFactor: settings.KAFKA_REPLICATION_FACTOR,
      minInSyncReplicas: settings.KAFKA_MIN_INSYNC_REPLICAS,
      optional: topic !== ORDER_EVENTS_TOPIC,
    })),
    handler,
    logger,
    onFatal(err) {
      logger.fatal({ err }, 'the Kafka consumer cannot recover; exiting for a restart');
      process.exit(1);
    },
  });
  metrics.gauge({
    name: 'inbox_dead_letters_held',
    help: 'Dead letters that wait in memory because the dead-letter topic does not store them',
    collect() {
      this.set(subscription.heldDeadLetters());
    },
  });
  metrics.gauge({
    name: 'inbox_consumer_lag_messages',
    help: 'Records that the consumer group has not committed, by partition. No value: Kafka did not answer. Every inventory reports the whole group: use max(), not sum(), over instances',
    labelNames: ['partition'],
    async collect() {
      const lag = await subscription.readLag();
      this.reset();
      for (const [partition, records] of lag ?? []) this.set({ partition }, records);
    },
  });
  return subscription;
}

/** Adds the route to which the relay posts messages if there is no broker. */
export function directRoutes(
  router: Router,
  settings: Config,
  handler: MessageHandler,
  logger: Logger,
): void {
  if (settings.BROKER !== 'direct') return;
  router
    .route('/internal/messages')
    .post(requireSignature(settings.CALLBACK_SECRET, { logger }), async (request, response) => {
      const answer = await receiveDirectBatch(request.body, handler, logger);
      const type = answer.status === 200 ? 'application/json; charset=utf-8' : 'application/problem+json';
      response.status(answer.status).setHeader('Content-Type', type).end(JSON.stringify(answer.body));
    })
    .all(methodNotAllowed(['POST']));
}
