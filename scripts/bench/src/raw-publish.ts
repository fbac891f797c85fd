// Publishes to Kafka without a database: the limit of a relay that uses the same client.
import { createKafkaClient } from '@lmt/messaging';
import { cpuSecondsSince } from './process-usage.js';

export interface RawPublish {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly messages: number;
  readonly batchSize: number;
}

/** As large as an order's message with its CloudEvents headers. */
const VALUE = JSON.stringify({
  orderId: '0197f1a0-0000-7000-8000-000000000000',
  customerId: 'benchmark',
  items: [{ sku: 'BENCH-1', quantity: 1 }],
  placedAt: '2026-01-01T00:00:00.000Z',
});
const HEADERS = {
  'content-type': 'application/json',
  ce_specversion: '1.0',
  ce_id: '0197f1a0-0000-7000-8000-000000000001',
  ce_source: '/services/order',
  ce_type: 'order.placed.v1',
  ce_time: '2026-01-01T00:00:00.000Z',
  ce_subject: '0197f1a0-0000-7000-8000-000000000000',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

export async function rawPublish({ bootstrap, topic, partitions, messages, batchSize }: RawPublish) {
  const { kafka } = createKafkaClient({ brokers: [bootstrap], clientId: 'bench' });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const send = (from: number) =>
    producer.sendBatch({
      acks: -1,
      topicMessages: [
        {
          topic,
          messages: Array.from({ length: batchSize }, (_, index) => ({
            key: `0197f1a0-0000-7000-8000-${from + index}`,
            value: VALUE,
            headers: HEADERS,
          })),
        },
      ],
    });
  // The first batches compile the client.
  for (let batch = 0; batch < 10; batch += 1) await send(batch);
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let from = 0; from < messages; from += batchSize) await send(from);
  const seconds = (performance.now() - start) / 1_000;
  const cpuSeconds = cpuSecondsSince(cpu);
  await producer.disconnect();
  return { perSecond: messages / seconds, cpuPerThousand: (cpuSeconds / messages) * 1_000 };
}
