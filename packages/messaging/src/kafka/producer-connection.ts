import { CompressionTypes, type TopicMessages } from 'kafkajs';
import type { Logger } from '../logger.js';
import { createKafkaClient } from './client.js';
import { ensureTopics, type TopicSpec } from './ensure-topics.js';
import type { OutboundRecord } from './outbound-record.js';
import { recordPartitions } from './record-partitions.js';

export interface ProducerOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly topics: readonly TopicSpec[];
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** One producer on connections of its own. */
export interface ProducerConnection {
  /** Resolves when the topics exist and the broker answers. */
  ready(): Promise<void>;
  /** Resolves with which of the records the broker's answer covers. */
  sendBatch(records: readonly OutboundRecord[]): Promise<(record: OutboundRecord) => boolean>;
  /** Fails what is under way, at once. */
  destroy(): void;
}

/**
 * acks -1: an answer means that every in-sync replica has the record. Not idempotent: kafkajs'
 * idempotent producer loses messages (tulios/kafkajs#1005), and the inbox removes duplicates. No
 * retries of a send: the message table retries, and kafkajs' own retry reported messages as sent
 * that it had left out (see patches/README.md).
 */
export function openProducer(options: ProducerOptions): ProducerConnection {
  const client = createKafkaClient({
    brokers: options.brokers,
    clientId: options.clientId,
    // Enough to try each of the seed brokers once.
    retry: { retries: options.brokers.length, initialRetryTime: 50, maxRetryTime: 200 },
    requestTimeoutMs: options.timeoutMs,
    logger: options.logger,
  });
  const partitions = recordPartitions();
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: partitions.createPartitioner,
    retry: { retries: 0 },
  });

  return {
    async ready() {
      await ensureTopics(client.kafka, options.topics, options.timeoutMs, options.logger);
      await producer.connect();
    },
    async sendBatch(records) {
      const answer = await producer.sendBatch({
        acks: -1,
        compression: CompressionTypes.None,
        timeout: options.timeoutMs,
        topicMessages: byTopic(records),
      });
      const covered = new Set(
        answer
          .filter(({ errorCode }) => errorCode === 0)
          .map(({ topicName, partition }) => `${topicName}/${partition}`),
      );
      return ({ topic, message }) => covered.has(`${topic}/${partitions.partitionOf(message)}`);
    },
    destroy: client.destroy,
  };
}

function byTopic(records: readonly OutboundRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, message } of records) {
    const entry = topics.get(topic) ?? { topic, messages: [] };
    entry.messages.push(message);
    topics.set(topic, entry);
  }
  return [...topics.values()];
}
