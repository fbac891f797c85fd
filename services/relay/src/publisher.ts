import { randomUUID } from 'node:crypto';
import { ORDER_EVENTS_PARTITIONS, ORDER_EVENTS_TOPIC } from '@lmt/contracts';
import { createDirectPublisher, createKafkaPublisher, type Publisher } from '@lmt/messaging';
import { type Logger, readKafkaSecurity, signBody } from '@lmt/service-kit';
import type { Config } from './config.js';

/** Names the destination of the messages in log lines. */
export const nameReceiver = ({ BROKER }: Config) => (BROKER === 'kafka' ? 'the broker' : 'the receiver');

/** Creates the publisher that BROKER selects. */
export function choosePublisher(settings: Config, logger: Logger): Publisher {
  const common = { source: '/services/order', timeoutMs: settings.PUBLISH_TIMEOUT_SECONDS * 1_000 };
  const { BROKER, KAFKA_BROKERS, DIRECT_URL, CALLBACK_SECRET } = settings;
  if (BROKER === 'direct' && DIRECT_URL !== undefined && CALLBACK_SECRET !== undefined) {
    const [secret] = CALLBACK_SECRET;
    const sign = (body: Buffer) => ({
      ...signBody(secret, { id: randomUUID(), timestamp: Math.floor(Date.now() / 1_000), body }),
    });
    return createDirectPublisher({ ...common, url: DIRECT_URL, sign });
  }
  const topic = {
    topic: ORDER_EVENTS_TOPIC,
    partitions: ORDER_EVENTS_PARTITIONS,
    replicationFactor: settings.KAFKA_REPLICATION_FACTOR,
    minInSyncReplicas: settings.KAFKA_MIN_INSYNC_REPLICAS,
  };
  return createKafkaPublisher({
    ...common,
    brokers: KAFKA_BROKERS,
    clientId: 'relay',
    security: readKafkaSecurity(settings),
    topics: [topic],
    topicPrefix: settings.KAFKA_TOPIC_PREFIX,
    logger,
  });
}
