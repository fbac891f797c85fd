// Writes duplicate and broken records to the topic.
import { ORDER_EVENTS_TOPIC as topic } from '@lmt/contracts';
import { CompressionTypes, createKafkaClient, type Message } from '@lmt/messaging';
import { poll, type Stack } from '@lmt/stack';

const REPEATED_PER_PARTITION = 20;

/** Short timeouts make each call fail within seconds while the broker is down. */
function connect({ broker: { brokers } }: Stack) {
  return createKafkaClient({ brokers, clientId: 'chaos', requestTimeoutMs: 3_000 });
}

/**
 * Writes a broken copy of each order's message, and two records without a usable message id. The
 * consumer may reject a copy before the message itself arrives.
 */
export async function poisonRecords(
  stack: Stack,
  orders: readonly { readonly id: string; readonly messageId: string }[],
): Promise<void> {
  const { kafka, destroy } = connect(stack);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const bodies = ['broken', '{"orderId": 1}', ''];
  const copies = orders.map(({ id, messageId }, index) => ({
    key: id,
    value: bodies[index % bodies.length] ?? '',
    headers: { ce_id: messageId, ce_type: index % 2 === 0 ? 'order.placed.v1' : 'order.placed.v99' },
  }));
  const withoutId = [
    { key: null, value: 'this is not JSON', headers: {} },
    { key: 'no order', value: '{}', headers: { ce_id: 'no uuid' } },
  ];
  try {
    await producer.connect();
    await producer.send({ topic, messages: [...copies, ...withoutId] });
  } finally {
    await producer.disconnect().catch(() => {});
    destroy();
  }
}

/** Headers that unpatched kafkajs needs half a minute to decode. */
const MANY_HEADERS = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`h${index}`, '']));
/** ConfigResourceTypes.TOPIC of kafkajs, which does not export the enum to ES modules. */
const TOPIC_RESOURCE = 2;
const BOMB_BYTES = 200_000_000;

/**
 * Writes records of a foreign producer: a compressed batch, a record with thousands of headers, and
 * a compressed batch that inflates to 200 MB. During the writes the topic keeps the codecs of its
 * producers, because otherwise the broker would decompress every batch. Afterwards the broker
 * compresses every record for the given time.
 */
export async function writeForeignRecords(
  stack: Stack,
  codec: string,
  duration: () => Promise<unknown>,
): Promise<void> {
  const { kafka, destroy } = connect(stack);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const admin = kafka.admin();
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    const setCodec = (value: string) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: TOPIC_RESOURCE,
            name: topic,
            configEntries: [
              { name: 'compression.type', value },
              { name: 'message.timestamp.type', value: 'LogAppendTime' },
            ],
          },
        ],
      });
    await setCodec('producer');
    const compression = CompressionTypes.GZIP;
    const send = (messages: Message[]) => producer.send({ topic, compression, messages });
    await send([{ key: 'compressed', value: 'a foreign record' }]);
    await send([{ key: 'headers', value: '{}', headers: MANY_HEADERS }]);
    await send([{ key: 'bomb', value: Buffer.alloc(BOMB_BYTES) }]);
    await setCodec(codec);
    await duration();
    await setCodec('uncompressed');
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    destroy();
  }
}

/**
 * Writes the last records of each partition again, twice, the second time in reverse order, like a
 * producer that lost the broker's acknowledgements.
 */
export async function repeatRecords(stack: Stack): Promise<void> {
  const { kafka, destroy } = connect(stack);
  const admin = kafka.admin();
  const groupId = `chaos-${process.pid}-${Math.round(performance.now())}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, allowAutoTopicCreation: false });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    await admin.connect();
    const partitions = (await admin.fetchTopicOffsets(topic)).filter(({ low, high }) => low !== high);
    if (partitions.length === 0) return;
    const unread = new Map(partitions.map(({ partition, high }) => [partition, Number(high)]));
    const records: Parameters<typeof producer.send>[0]['messages'] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, headers = {}, offset } }) => {
        const end = unread.get(partition);
        if (end === undefined) return;
        records.push({ key, value, headers, partition });
        if (Number(offset) >= end - 1) unread.delete(partition);
      },
    });
    for (const { partition, low, high } of partitions) {
      const from = Math.max(Number(low), Number(high) - REPEATED_PER_PARTITION);
      consumer.seek({ topic, partition, offset: String(from) });
    }
    await poll('reading the last records', () => unread.size === 0, { seconds: 8 });
    await producer.connect();
    await producer.send({ topic, messages: [...records, ...records.toReversed()] });
  } finally {
    await Promise.allSettled([admin.disconnect(), consumer.disconnect(), producer.disconnect()]);
    // A consumer that crashed restarts itself without end, and keeps the process alive.
    destroy();
  }
}
