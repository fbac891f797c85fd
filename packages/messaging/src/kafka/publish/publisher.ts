import { writeEventHeaders } from '../../cloud-event.js';
import { createPublisher } from '../../create-publisher.js';
import type { Publisher } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { probeTopics, type TopicOptions } from '../topics/ensure-topics.js';
import { createConfirmedSender } from './confirmed-sender.js';
import type { OutboundRecord } from './outbound-record.js';

export interface KafkaPublisherOptions extends TopicOptions {
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
}

/** Connects at the first call, and again after an outage. */
export function createKafkaPublisher({ source, ...options }: KafkaPublisherOptions): Publisher {
  const { brokers, clientId, timeoutMs } = options;
  const sender = createConfirmedSender(options);
  return createPublisher<OutboundRecord>({
    topics: options.topics.map(({ topic }) => topic),
    timeoutMs,
    encode: (message) => ({
      topic: message.topic,
      message: { key: message.key, value: message.body, headers: writeEventHeaders(message, source) },
    }),
    send: sender.send,
    async probe() {
      try {
        await probeTopics({ ...options, clientId: `${clientId}-probe` });
      } catch (error) {
        throw new Error(`Kafka at ${brokers.join(', ')}: ${classifyError(error).reason}`, { cause: error });
      }
    },
    disconnect: sender.close,
  });
}
