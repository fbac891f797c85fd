import { CompressionTypes, type TopicMessages } from 'kafkajs';
import { createKafkaClient, tryEachBroker } from '../client.js';
import { ensureTopics, type TopicOptions } from '../topics/ensure-topics.js';
import type { OutboundRecord } from './outbound-record.js';
import { recordPartitions } from './record-partitions.js';

export type ProducerOptions = TopicOptions;

/** One producer on connections of its own. */
export interface ProducerConnection {
  /** Resolves when the topics exist and the broker answers. */
  ready(): Promise<void>;
  /** Returns a predicate: whether the broker's answer covers a record. */
  sendBatch(records: readonly OutboundRecord[]): Promise<(record: OutboundRecord) => boolean>;
  /** Fails requests in flight at once. */
  destroy(): void;
}

/**
 * acks -1: an answer means that every in-sync replica has the record. Not idempotent: kafkajs'
 * idempotent producer loses messages (tulios/kafkajs#1005), and the inbox removes duplicates. No
 * retries of a send: the message table retries, and kafkajs' own retry reported messages as sent
 * that it had left out (see patches/README.md).
 */
export function openProducer(options: ProducerOptions): ProducerConnection {
  const { brokers, clientId, timeoutMs, logger } = options;
  const retry = tryEachBroker(brokers);
  const client = createKafkaClient({ brokers, clientId, retry, requestTimeoutMs: timeoutMs, logger });
  const partitions = recordPartitions();
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: partitions.createPartitioner,
    retry: { retries: 0 },
  });

  return {
    async ready() {
      await ensureTopics(client.kafka, options);
      await producer.connect();
    },
    async sendBatch(records) {
      const answer = await producer.sendBatch({
        acks: -1,
        compression: CompressionTypes.None,
        timeout: timeoutMs,
        topicMessages: groupByTopic(records),
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

function groupByTopic(records: readonly OutboundRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>();
  for (const { topic, message } of records) {
    const entry = topics.get(topic) ?? { topic, messages: [] };
    entry.messages.push(message);
    topics.set(topic, entry);
  }
  return [...topics.values()];
}
