import { ORDER_EVENTS_TOPICS } from '@lmt/contracts';
import { createDirectPublisher, createKafkaPublisher, type Publisher } from '@lmt/messaging';
import { type Logger, signBody } from '@lmt/service-kit';
import type { Config } from './config.js';

const SOURCE = '/services/order';

export interface PublisherOptions {
  readonly logger: Logger;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** The broker that the settings name. */
export function connectPublisher(settings: Config, { logger, now, newId }: PublisherOptions): Publisher {
  const timeoutMs = settings.PUBLISH_TIMEOUT_SECONDS * 1_000;
  const { BROKER, KAFKA_BROKERS, DIRECT_URL, CALLBACK_SECRET } = settings;
  if (BROKER === 'direct' && DIRECT_URL !== undefined && CALLBACK_SECRET !== undefined) {
    const [secret] = CALLBACK_SECRET;
    return createDirectPublisher({
      url: DIRECT_URL,
      sign: (body) => ({
        ...signBody(secret, { id: newId(), timestamp: Math.floor(now().getTime() / 1_000), body }),
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
