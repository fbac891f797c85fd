// The limit of a relay with the released kafkajs: sendBatch of 500 without a database, with records as
// large as this project's.
import { kafka, topic } from './connect.mjs';

const BATCH_SIZE = 500;
const messages = Number(process.argv[2]);
const headers = {
  'content-type': 'application/json',
  ce_specversion: '1.0',
  ce_id: '0197f1a0-0000-7000-8000-000000000001',
  ce_source: '/services/order',
  ce_type: 'order.placed.v1',
  ce_subject: '0197f1a0-0000-7000-8000-000000000000',
  ce_time: '2026-01-01T00:00:00.000Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const rest = { customerId: 'benchmark', items: [{ sku: 'BENCH-1', quantity: 1 }], placedAt: headers.ce_time };

const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic, numPartitions: 6 }], waitForLeaders: true });
await admin.disconnect();
const producer = kafka.producer();
await producer.connect();
const send = () =>
  producer.sendBatch({
    acks: -1,
    topicMessages: [
      {
        topic,
        messages: Array.from({ length: BATCH_SIZE }, () => {
          const id = crypto.randomUUID();
          return { key: id, headers, value: JSON.stringify({ orderId: id, ...rest }) };
        }),
      },
    ],
  });
for (let batch = 0; batch < 10; batch += 1) await send();
const start = performance.now();
const cpu = process.cpuUsage();
for (let sent = 0; sent < messages; sent += BATCH_SIZE) await send();
const seconds = (performance.now() - start) / 1_000;
const { user, system } = process.cpuUsage(cpu);
await producer.disconnect();
process.send({ perSecond: messages / seconds, cpuPerThousand: (user + system) / 1_000 / messages });
process.disconnect();
