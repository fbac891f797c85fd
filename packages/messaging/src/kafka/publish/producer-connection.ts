import {
  CompressionTypes,
  type ICustomPartitioner,
  type Message,
  type PartitionerArgs,
  Partitioners,
  type RecordMetadata,
  type TopicMessages,
} from 'kafkajs';
import type { PublishOutcome } from '../../port.js';
import { createKafkaClient } from '../client.js';
import {
  ensureTopics,
  reportPartitions,
  type TopicLayout,
  type TopicOptions,
} from '../topics/ensure-topics.js';
import { topicLogFor } from '../topics/topic-log.js';
import type { OutboundRecord } from './outbound-record.js';

export type ProducerConnection = ReturnType<typeof openProducer>;

/** Maximum age of the cached leaders and partitions. Bounds how late a new leader is found. */
const METADATA_MAX_AGE_MS = 5_000;

/** Where a record is stored. `leader` is the id of a broker, or -1. */
export interface Destination {
  readonly topic: string;
  readonly partition: number;
  readonly leader: number;
}

/**
 * Opens a producer on its own connections.
 *
 * acks -1: an answer means that every in-sync replica has the record. Not idempotent: kafkajs'
 * idempotent producer loses messages (tulios/kafkajs#1005), and the inbox removes duplicates. No
 * retries of a send: the message table retries, and kafkajs' own retry reported messages as sent
 * that it had left out (see patches/README.md).
 */
export function openProducer(options: TopicOptions) {
  const { brokers, clientId, security, timeoutMs, logger } = options;
  const client = createKafkaClient({ brokers, clientId, security, requestTimeoutMs: timeoutMs, logger });
  const partitions = recordPartitions((topic, found) => {
    const spec = options.topics.find((one) => one.topic === topic);
    if (spec !== undefined) reportPartitions(spec, found, topicLogFor(logger));
  });
  const producer = client.kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: partitions.createPartitioner,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retry: { retries: 0 },
  });

  return {
    /** Resolves when the topics exist and the broker answers. */
    async ready(): Promise<void> {
      partitions.learn(await ensureTopics(client.kafka, options));
      await producer.connect();
    },
    /** Returns the partition to which the record was or would be sent, or null if unknown. */
    findDestination: ({ topic, message }: OutboundRecord) => partitions.findDestination(topic, message),
    /**
     * Sends the records. Returns a function that returns the acknowledgement of a record, or null if
     * the broker's answer does not cover it. Records of partitions without a leader are not sent.
     */
    async sendBatch(records: readonly OutboundRecord[]) {
      const answer = await producer.sendBatch({
        acks: -1,
        compression: CompressionTypes.None,
        timeout: timeoutMs,
        topicMessages: groupByTopic(records),
      });
      const acknowledged = locate(records, answer, ({ message }) => partitions.findPartition(message));
      return (record: OutboundRecord) => acknowledged.get(record) ?? null;
    },
    /** Fails requests in flight at once. */
    destroy: client.destroy,
  };
}

type Acknowledged = Extract<PublishOutcome, { status: 'acknowledged' }>;

/**
 * Returns the records that an answer covers, with their positions. kafkajs sends the records of a
 * partition as one batch, in the order given, and the broker answers with the offset of the first.
 * A negative offset means that the broker does not know it.
 */
export function locate(
  records: readonly OutboundRecord[],
  answer: readonly RecordMetadata[],
  findPartition: (record: OutboundRecord) => number | undefined,
): ReadonlyMap<OutboundRecord, Acknowledged> {
  const nextOffsets = new Map<string, bigint>();
  for (const { topicName, partition, errorCode, baseOffset } of answer) {
    if (errorCode === 0) nextOffsets.set(`${topicName}/${partition}`, BigInt(baseOffset ?? -1));
  }
  const acknowledged = new Map<OutboundRecord, Acknowledged>();
  for (const record of records) {
    const place = `${record.topic}/${findPartition(record)}`;
    const offset = nextOffsets.get(place);
    if (offset === undefined) continue;
    const position = offset < 0n ? {} : { position: `${place}@${offset}` };
    acknowledged.set(record, { status: 'acknowledged', ...position });
    if (offset >= 0n) nextOffsets.set(place, offset + 1n);
  }
  return acknowledged;
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

type Layout = PartitionerArgs['partitionMetadata'];

/**
 * Unpatched, kafkajs' murmur2 takes quadratic time: 1 MB blocks the only thread for minutes. The
 * length must not change, or messages of a long key would move to another partition.
 */
const HASHED_LENGTH = 1_000;

/**
 * Creates a partitioner that records the partition of each message. The broker answers per
 * partition, so this is the only way to know which messages an answer covers. It uses murmur2 like
 * the Java client, but hashes only the beginning of a long key.
 *
 * @param onRefresh called with a topic's partitions after kafkajs has read them from a broker
 */
export function recordPartitions(onRefresh: (topic: string, partitions: Layout) => void = () => {}) {
  const layouts = new Map<string, Layout>();
  const choose = Partitioners.DefaultPartitioner();

  /** Remembers the partition in the message. kafkajs' own partitioner would not choose again. */
  function choosePartition(topic: string, message: Message, partitionMetadata: Layout): number {
    const key = message.key?.slice(0, HASHED_LENGTH) ?? null;
    message.partition = choose({ topic, partitionMetadata, message: { key, value: null } });
    return message.partition;
  }

  return {
    createPartitioner: (): ReturnType<ICustomPartitioner> => {
      return ({ topic, message, partitionMetadata }) => {
        if (layouts.get(topic) !== partitionMetadata) onRefresh(topic, partitionMetadata);
        layouts.set(topic, partitionMetadata);
        return choosePartition(topic, message, partitionMetadata);
      };
    },
    /** Sets the initial partitions. */
    learn(found: TopicLayout): void {
      for (const [topic, partitions] of found) layouts.set(topic, partitions);
    },
    findPartition: (message: Message) => message.partition,
    findDestination(topic: string, message: Message): Destination | null {
      const layout = layouts.get(topic);
      if (layout === undefined || layout.length === 0) return null;
      const partition = message.partition ?? choosePartition(topic, message, layout);
      const leader = layout.find(({ partitionId }) => partitionId === partition)?.leader ?? -1;
      return { topic, partition, leader };
    },
  };
}
