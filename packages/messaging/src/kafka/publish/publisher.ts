import { writeEventHeaders } from '../../cloud-event.js';
import { createPublisher } from '../../create-publisher.js';
import type { Publisher } from '../../port.js';
import { classifyError } from '../classify-error.js';
import { probeTopics, type TopicOptions } from '../topics/ensure-topics.js';
import { warnOfPublishedKafkajs } from '../warn-of-published-kafkajs.js';
import { createConfirmedSender } from './confirmed-sender.js';
import type { OutboundRecord } from './outbound-record.js';

export interface KafkaPublisherOptions extends TopicOptions {
  /** CloudEvents source, a URI reference such as `/services/order`. */
  readonly source: string;
  /** Precedes the name of each topic at the broker. Messages and `topics` have names without it. */
  readonly topicPrefix?: string;
}

/** Connects at the first call, and again after an outage. */
export function createKafkaPublisher(given: KafkaPublisherOptions): Publisher {
  warnOfPublishedKafkajs(given.logger);
  const { source, topicPrefix = '', ...own } = given;
  const { brokers, clientId, timeoutMs } = own;
  // Each topic is optional, so a missing topic does not delay messages of the others.
  const options = {
    ...own,
    topics: own.topics.map((spec) => ({ ...spec, topic: topicPrefix + spec.topic, optional: true })),
  };
  const sender = createConfirmedSender(options);
  return createPublisher<OutboundRecord>({
    topics: own.topics.map(({ topic }) => topic),
    timeoutMs,
    encode: (message) => ({
      topic: topicPrefix + message.topic,
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
