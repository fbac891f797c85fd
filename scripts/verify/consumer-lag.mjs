// How far the inventory is behind the topic.
import { createRequire } from 'node:module';
import { reasonOf, UnreadableError } from './database-reader.mjs';

/** @typedef {{ bootstrap: string, topic?: string, groupId?: string }} Kafka */

// The client of the services, where they have it.
const fromMessaging = createRequire(new URL('../../packages/messaging/package.json', import.meta.url));

/**
 * Messages of each partition that the group has not committed. A topic that does not exist has none.
 *
 * @param {Kafka} kafka
 * @returns {Promise<{ partition: number, lag: number }[]>}
 */
export async function consumerLag({ bootstrap, topic = 'order-events', groupId = 'inventory' }) {
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
    /** @type {string[]} */
    const topics = await admin.listTopics();
    if (!topics.includes(topic)) return [];
    /** @type {{ partition: number, low: string, high: string }[]} */
    const ends = await admin.fetchTopicOffsets(topic);
    const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(
      group.partitions.map((/** @type {{ partition: number, offset: string }} */ { partition, offset }) => [
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
    throw new UnreadableError(`Kafka (${bootstrap}) can't be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
