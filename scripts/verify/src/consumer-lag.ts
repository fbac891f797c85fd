// Reads how far the inventory's consumer group is behind the topic.
import { setTimeout as pause } from 'node:timers/promises';
import { createKafkaClient, explainKafkaError, type Kafka, type KafkaSecurity } from '@lmt/messaging';
import { UnreadableError } from './database-reader.js';

export interface Broker {
  /** Null for a system without Kafka, which has no lag. */
  readonly bootstrap: string | null;
  readonly security?: KafkaSecurity | undefined;
  /** Default: none. */
  readonly topicPrefix?: string | undefined;
  /** Default: inventory. */
  readonly groupId?: string | undefined;
}

// kafkajs' names of the protocol errors 5, 6, 14, 15 and 16, which occur shortly after a broker
// starts or rejoins.
const ELECTION_ERRORS = [
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
];
const ELECTION_MS = 60_000;
/** Longer than the second in which the consumer commits a processed message. */
const COMMIT_MS = 2_500;

const NO_TOPIC = ['UNKNOWN_TOPIC_OR_PARTITION'];

/** True if the error or one of its causes has one of these types. */
function hasType(error: unknown, types: readonly string[]): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && types.includes(String(error.type))) || hasType(error.cause, types);
}

/**
 * Returns the number of uncommitted messages of each partition, or an empty list if the topic does
 * not exist. Waits up to a minute while a partition has no leader or the group has no coordinator,
 * and up to 2.5 s for the commit of processed messages.
 */
export async function readConsumerLag({
  bootstrap,
  security,
  topicPrefix = '',
  groupId = 'inventory',
}: Broker) {
  if (bootstrap === null) return [];
  const topic = `${topicPrefix}order-events`;
  const { kafka } = createKafkaClient({ clientId: 'verify', brokers: bootstrap.split(','), security });
  const start = performance.now();
  for (;;) {
    const waitedMs = performance.now() - start;
    try {
      const partitions = await readLagOnce(kafka, topic, groupId);
      if (waitedMs > COMMIT_MS || partitions.every(({ lag }) => lag === 0)) return partitions;
    } catch (error) {
      if (hasType(error, NO_TOPIC)) return [];
      if (!hasType(error, ELECTION_ERRORS) || waitedMs > ELECTION_MS)
        throw new UnreadableError(`Kafka (${bootstrap})`, explainKafkaError(error));
    }
    await pause(200);
  }
}

async function readLagOnce(kafka: Kafka, topic: string, groupId: string) {
  const admin = kafka.admin();
  try {
    await admin.connect();
    // Unlike a list of the topics, this fails without the permission to describe the topic.
    const [{ partitions } = { partitions: [] }] = (await admin.fetchTopicMetadata({ topics: [topic] }))
      .topics;
    const ends = await admin.fetchTopicOffsets(topic);
    if (ends.length < partitions.length) {
      throw Object.assign(new Error('a partition has no leader'), { type: 'LEADER_NOT_AVAILABLE' });
    }
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends.map(({ partition, low, high }) => {
      // The committed offset is -1 before the first commit. Records below `low` have been deleted.
      const next = Math.max(committed.get(partition) ?? -1, Number(low));
      return { partition, lag: Math.max(0, Number(high) - next) };
    });
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
