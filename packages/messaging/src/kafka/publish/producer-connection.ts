import {
  CompressionTypes,
  type ICustomPartitioner,
  type Message,
  Partitioners,
  type TopicMessages,
} from 'kafkajs';
import { createKafkaClient } from '../client.js';
import { ensureTopics, type TopicOptions } from '../topics/ensure-topics.js';
import type { OutboundRecord } from './outbound-record.js';

export type ProducerConnection = ReturnType<typeof openProducer>;

/**
 * Opens a producer on its own connections.
 *
 * acks -1: an answer means that every in-sync replica has the record. Not idempotent: kafkajs'
 * idempotent producer loses messages (tulios/kafkajs#1005), and the inbox removes duplicates. No
 * retries of a send: the message table retries, and kafkajs' own retry reported messages as sent
 * that it had left out (see patches/README.md).
 */
export function openProducer(options: TopicOptions) {
  const { brokers, clientId, timeoutMs, logger } = options;
  const client = createKafkaClient({ brokers, clientId, requestTimeoutMs: timeoutMs, logger });
  const partitions = recordPartitions();
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: partitions.createPartitioner,
    retry: { retries: 0 },
  });

  return {
    /** Resolves when the topics exist and the broker answers. */
    async ready(): Promise<void> {
      await ensureTopics(client.kafka, options);
      await producer.connect();
    },
    /** Returns a predicate: whether the broker's answer covers a record. */
    async sendBatch(records: readonly OutboundRecord[]) {
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
      return ({ topic, message }: OutboundRecord) =>
        covered.has(`${topic}/${partitions.findPartition(message)}`);
    },
    /** Fails requests in flight at once. */
    destroy: client.destroy,
  };
}

function groupByTopic(records: readonly OutboundRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, message } of records) {
    const messages = topics.get(topic);
    if (messages === undefined) topics.set(topic, [message]);
    else messages.push(message);
  }
  return Array.from(topics, ([topic, messages]) => ({ topic, messages }));
}

/** kafkajs' murmur2 is quadratic in the key's length: 1 MB blocks the only thread for minutes. */
const HASHED_LENGTH = 1_000;

/**
 * Creates a partitioner that records the partition of each message. The broker answers per
 * partition, so this is the only way to know which messages an answer covers. It uses murmur2 like
 * the Java client, but hashes only the beginning of a long key.
 */
export function recordPartitions(): {
  readonly createPartitioner: ICustomPartitioner;
  findPartition(message: Message): number | undefined;
} {
  const partitions = new WeakMap<Message, number>();
  return {
    createPartitioner: () => {
      const choose = Partitioners.DefaultPartitioner();
      return (args) => {
        const key = args.message.key?.slice(0, HASHED_LENGTH) ?? null;
        const partition = choose({ ...args, message: { ...args.message, key } });
        partitions.set(args.message, partition);
        return partition;
      };
    },
    findPartition: (message) => partitions.get(message),
  };
}
