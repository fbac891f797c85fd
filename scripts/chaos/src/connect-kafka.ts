// The client of the services, for those who meddle with their topic.
import { createRequire } from 'node:module';

const fromMessaging = createRequire(new URL('../../packages/messaging/package.json', import.meta.url));

export const topic = 'order-events';

/** A broker that is away ends each call with an error, soon. */
export function connectKafka(bootstrap: string) {
  const { Kafka, logLevel } = fromMessaging('kafkajs');
  return new Kafka({
    brokers: [bootstrap],
    clientId: 'chaos',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 3_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 500 },
  });
}
