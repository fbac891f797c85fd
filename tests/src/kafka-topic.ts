import { randomUUID } from 'node:crypto';
import { poll } from '@lmt/stack';
import { type IHeaders, Kafka, logLevel, type Message } from 'kafkajs';

/** A record as it lies on the topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** A topic seen from beside the system: with a client of its own. */
export interface KafkaTopic {
  /** Reads from the beginning until the records that came so far satisfy the condition. */
  readUntil(enough: (records: readonly TopicRecord[]) => boolean): Promise<TopicRecord[]>;
  write(messages: readonly Message[]): Promise<void>;
  /** Records that the group has not committed yet. */
  lagOf(groupId: string): Promise<number>;
  /** Lets a group without members believe that it has had all there is; resolves with how much that was. */
  skipAll(groupId: string): Promise<number>;
}

export const headerOf = ({ headers }: TopicRecord, name: string) => headers[name]?.toString();

export function openTopic(bootstrap: string, topic: string): KafkaTopic {
  const kafka = new Kafka({
    brokers: [bootstrap],
    clientId: 'system-tests',
    logLevel: logLevel.NOTHING,
    retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 },
  });

  return {
    async readUntil(enough) {
      const records: TopicRecord[] = [];
      const consumer = kafka.consumer({ groupId: `system-tests-${randomUUID()}`, maxWaitTimeInMs: 100 });
      try {
        await consumer.connect();
        await consumer.subscribe({ topic, fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition, message: { key, value, headers = {} } }) => {
            records.push({ partition, key, value, headers });
          },
        });
        await poll(`records of ${topic}`, () => enough(records), { seconds: 60 });
      } finally {
        await consumer.disconnect();
      }
      return records;
    },
    async write(messages) {
      const producer = kafka.producer({ allowAutoTopicCreation: false });
      try {
        await producer.connect();
        await producer.send({ topic, messages: [...messages] });
      } finally {
        await producer.disconnect();
      }
    },
    async lagOf(groupId) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        const ends = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const committed = new Map(
          group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
        );
        // -1: nothing of the partition was ever committed.
        return ends.reduce(
          (lag, { partition, high }) => lag + Number(high) - Math.max(committed.get(partition) ?? 0, 0),
          0,
        );
      } finally {
        await admin.disconnect();
      }
    },
    async skipAll(groupId) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        const ends = await admin.fetchTopicOffsets(topic);
        const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
        await admin.setOffsets({ groupId, topic, partitions });
        return ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      } finally {
        await admin.disconnect();
      }
    },
  };
}
