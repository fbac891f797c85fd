import { randomUUID } from 'node:crypto';
import { ORDER_EVENTS_TOPICS } from '@lmt/contracts';
import { createDirectPublisher, createKafkaPublisher, type Publisher } from '@lmt/messaging';
import { type Logger, signBody } from '@lmt/service-kit';
import type { Config } from './config.js';

const SOURCE = '/services/order';

/** Creates the publisher that BROKER selects. */
export function createPublisher(settings: Config, logger: Logger): Publisher {
  const timeoutMs = settings.PUBLISH_TIMEOUT_SECONDS * 1_000;
  const { BROKER, KAFKA_BROKERS, DIRECT_URL, CALLBACK_SECRET } = settings;
  if (BROKER === 'direct' && DIRECT_URL !== undefined && CALLBACK_SECRET !== undefined) {
    const [secret] = CALLBACK_SECRET;
    return createDirectPublisher({
      url: DIRECT_URL,
      sign: (body) => ({
        ...signBody(secret, { id: randomUUID(), timestamp: Math.floor(Date.now() / 1_000), body }),
      }),
      timeoutMs,
      source: SOURCE,
    });
  }
  return createKafkaPublisher({
    brokers: KAFKA_BROKERS,
    clientId: 'relay',
    source: SOURCE,
    topics: ORDER_EVENTS_TOPICS,
    publishTimeoutMs: timeoutMs,
    logger,
  });
}
