import { randomUUID } from 'node:crypto';
import { createKafkaClient, type IHeaders, type Message } from '@lmt/messaging';
import { poll } from '@lmt/stack';

/** A record as it is stored on the topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/** Reads and writes a topic directly, bypassing the services. */
export interface KafkaTopic {
  /** Reads from the beginning until the condition accepts the records read so far. */
  readUntil(enough: (records: readonly TopicRecord[]) => boolean): Promise<TopicRecord[]>;
  write(messages: readonly Message[]): Promise<void>;
  /** Resolves with the number of records after the group's committed offsets. */
  readLag(groupId: string): Promise<number>;
  /** Makes a group without members skip all records. Resolves with their number. */
  skipAll(groupId: string): Promise<number>;
}

export const readHeader = ({ headers }: TopicRecord, name: string) => headers[name]?.toString();

export function openTopic(bootstrap: string, topic: string): KafkaTopic {
  const { kafka } = createKafkaClient({
    brokers: [bootstrap],
    clientId: 'system-tests',
    retry: { retries: 20, initialRetryTime: 100, maxRetryTime: 500 },
  });

  interface Connection {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
  }

  async function withClient<C extends Connection, R>(client: C, work: (client: C) => Promise<R>): Promise<R> {
    try {
      await client.connect();
      return await work(client);
    } finally {
      await client.disconnect();
    }
  }

  return {
    readUntil: (enough) =>
      withClient(
        kafka.consumer({ groupId: `system-tests-${randomUUID()}`, maxWaitTimeInMs: 100 }),
        async (consumer) => {
          const records: TopicRecord[] = [];
          await consumer.subscribe({ topic, fromBeginning: true });
          await consumer.run({
            autoCommit: false,
            eachMessage: async ({ partition, message: { key, value, headers = {} } }) => {
              records.push({ partition, key, value, headers });
            },
          });
          await poll(`records of ${topic}`, () => enough(records), { seconds: 60 });
          return records;
        },
      ),
    write: (messages) =>
      withClient(kafka.producer({ allowAutoTopicCreation: false }), async (producer) => {
        await producer.send({ topic, messages: [...messages] });
      }),
    readLag: (groupId) =>
      withClient(kafka.admin(), async (admin) => {
        const ends = await admin.fetchTopicOffsets(topic);
        const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const committed = new Map(
          group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
        );
        // The offset is -1 until the group commits one for the partition.
        return ends.reduce(
          (lag, { partition, high }) => lag + Number(high) - Math.max(committed.get(partition) ?? 0, 0),
          0,
        );
      }),
    skipAll: (groupId) =>
      withClient(kafka.admin(), async (admin) => {
        const ends = await admin.fetchTopicOffsets(topic);
        const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
        await admin.setOffsets({ groupId, topic, partitions });
        return ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
      }),
  };
}
