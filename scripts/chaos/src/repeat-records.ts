// Writes records of the topic to it once more, as a producer does that lost the broker's answers.
import { poll } from '@lmt/stack';
import { connectKafka, topic } from './connect-kafka.js';

const wantedOfPartition = 20;

/**
 * The last records of each partition, each twice, the second time in reverse order. A broker that is
 * away ends it with an error.
 *
 * @returns records written
 */
export async function repeatRecords(bootstrap: string): Promise<number> {
  const kafka = connectKafka(bootstrap);
  const admin = kafka.admin();
  const groupId = `chaos-${process.pid}-${Math.round(performance.now())}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await admin.connect();
    const ends: { partition: number; low: string; high: string }[] = await admin.fetchTopicOffsets(topic);
    const wanted = ends
      .map(({ partition, low, high }) => ({
        partition,
        from: Math.max(Number(low), Number(high) - wantedOfPartition),
        to: Number(high),
      }))
      .filter(({ from, to }) => to > from);
    const missing = new Map(wanted.map(({ partition, to }) => [partition, to]));
    const records: { key: Buffer | null; value: Buffer | null; headers: object; partition: number }[] = [];
    type KafkaRecord = { key: Buffer | null; value: Buffer | null; headers?: object; offset: string };
    if (wanted.length === 0) return 0;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }: { partition: number; message: KafkaRecord }) => {
        const { key, value, headers = {} } = message;
        const end = missing.get(partition);
        if (end === undefined) return;
        records.push({ key, value, headers, partition });
        if (Number(message.offset) >= end - 1) missing.delete(partition);
      },
    });
    for (const { partition, from } of wanted) consumer.seek({ topic, partition, offset: String(from) });
    await poll('the last records', () => missing.size === 0, { seconds: 8 });
    await producer.connect();
    await producer.send({ topic, messages: [...records, ...records.toReversed()] });
    return records.length * 2;
  } finally {
    await Promise.allSettled([admin.disconnect(), consumer.disconnect(), producer.disconnect()]);
  }
}
