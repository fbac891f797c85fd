import { createKafkaClient } from './client.js';
import { ensureTopics } from './ensure-topics.js';
import type { ProducerOptions } from './producer-connection.js';

/** `ensureTopics` on a connection made for it: a caller's own may be the one that doesn't work. */
export async function ensureTopicsOnce(options: ProducerOptions): Promise<void> {
  const client = createKafkaClient({
    brokers: options.brokers,
    clientId: options.clientId,
    // Enough to try each of the seed brokers once.
    retry: { retries: options.brokers.length, initialRetryTime: 50, maxRetryTime: 200 },
    requestTimeoutMs: options.timeoutMs,
    logger: options.logger,
  });
  try {
    await ensureTopics(client.kafka, options.topics, options.timeoutMs, options.logger);
  } finally {
    client.destroy();
  }
}
