// How far the inventory is behind the topic.
import { createRequire } from 'node:module';
import { poll } from '@lmt/stack';
import { reasonOf, UnreadableError } from './database-reader.js';

export type Kafka = { bootstrap: string; topic?: string; groupId?: string };

// The client of the services, where they have it.
const fromMessaging = createRequire(new URL('../../packages/messaging/package.json', import.meta.url));

// As kafkajs names the protocol's errors 5, 6, 14, 15 and 16: the broker has just started, or come back.
const LOOKED_FOR = [
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
];

function isLookedFor(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && LOOKED_FOR.includes(String(error.type))) || isLookedFor(error.cause);
}

/**
 * Messages of each partition that the group has not committed. A topic that does not exist has none.
 * A partition whose leader, or a group whose coordinator, is just being found is waited for.
 */
export async function consumerLag(kafka: Kafka): Promise<{ partition: number; lag: number }[]> {
  try {
    return await poll('the broker knows its partitions and groups', () => lagUnlessItMoves(kafka), {
      everyMs: 200,
    });
  } catch (error) {
    throw new UnreadableError(`Kafka (${kafka.bootstrap}) can't be read: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function lagUnlessItMoves({ bootstrap, topic = 'order-events', groupId = 'inventory' }: Kafka) {
  const { Kafka: Client, logLevel } = fromMessaging('kafkajs');
  const client = new Client({
    clientId: 'verify',
    brokers: bootstrap.split(','),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 2, initialRetryTime: 200, maxRetryTime: 1_000 },
    logLevel: logLevel.NOTHING,
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const topics: string[] = await admin.listTopics();
    if (!topics.includes(topic)) return [];
    const ends: { partition: number; low: string; high: string }[] = await admin.fetchTopicOffsets(topic);
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(
      group.partitions.map(({ partition, offset }: { partition: number; offset: string }) => [
        partition,
        Number(offset),
      ]),
    );
    return ends.map(({ partition, low, high }) => {
      // -1: nothing committed yet. Below the low end: what lay there was deleted.
      const next = Math.max(committed.get(partition) ?? -1, Number(low));
      return { partition, lag: Math.max(0, Number(high) - next) };
    });
  } catch (error) {
    if (isLookedFor(error)) return null;
    throw error;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
