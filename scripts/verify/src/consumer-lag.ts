// Reads how far the inventory's consumer group is behind the topic.
import { setTimeout as pause } from 'node:timers/promises';
import { createKafkaClient, type Kafka, type KafkaSecurity } from '@lmt/messaging';
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

function isElection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && ELECTION_ERRORS.includes(String(error.type))) || isElection(error.cause);
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
      if (!isElection(error) || waitedMs > ELECTION_MS)
        throw new UnreadableError(`Kafka (${bootstrap})`, error);
    }
    await pause(200);
  }
}

async function readLagOnce(kafka: Kafka, topic: string, groupId: string) {
  const admin = kafka.admin();
  try {
    await admin.connect();
    if (!(await admin.listTopics()).includes(topic)) return [];
    const ends = await admin.fetchTopicOffsets(topic);
    const [{ partitions } = { partitions: [] }] = (await admin.fetchTopicMetadata({ topics: [topic] }))
      .topics;
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
