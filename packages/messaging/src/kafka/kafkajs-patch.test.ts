import { createRequire } from 'node:module';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

// Tests the patched files directly. patches/README.md describes the bugs.
const load = createRequire(import.meta.url);

it('resends to a broker that has answered and then taken over partitions of a failed broker', async () => {
  const leaders: Record<number, number> = { 0: 1, 1: 2 };
  const produced: { node: number; partitions: number[] }[] = [];
  const broker = (nodeId: number) => ({
    nodeId,
    produce: async ({ topicData }: { topicData: { partitions: { partition: number }[] }[] }) => {
      const partitions = topicData.flatMap((topic) => topic.partitions.map(({ partition }) => partition));
      if (nodeId === 2) {
        leaders[1] = 1;
        throw Object.assign(new Error('gone'), { name: 'KafkaJSConnectionError', retriable: true });
      }
      produced.push({ node: nodeId, partitions });
      return {
        topics: [
          { topicName: 't', partitions: partitions.map((partition) => ({ partition, errorCode: 0 })) },
        ],
      };
    },
  });
  const brokers: Record<number, ReturnType<typeof broker>> = { 1: broker(1), 2: broker(2) };
  const sendMessages = load('kafkajs/src/producer/sendMessages.js')({
    logger: { debug() {}, error() {} },
    cluster: {
      addMultipleTargetTopics: async () => {},
      refreshMetadataIfNecessary: async () => {},
      refreshMetadata: async () => {},
      isConnected: () => true,
      findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
      findLeaderForPartitions: (_: string, partitions: string[]) => {
        const result: Record<number, number[]> = {};
        for (const partition of partitions.map(Number)) {
          const leader = leaders[partition] ?? 0;
          result[leader] = [...(result[leader] ?? []), partition];
        }
        return result;
      },
      findBroker: async ({ nodeId }: { nodeId: number }) => brokers[nodeId],
    },
    partitioner: ({ message }: { message: { partition: number } }) => message.partition,
    eosManager: {
      acquireBrokerLock: async () => {},
      releaseBrokerLock: async () => {},
      isTransactional: () => false,
      getSequence: () => 0,
      updateSequence: () => {},
      getProducerId: () => 0,
      getProducerEpoch: () => 0,
      getTransactionalId: () => undefined,
    },
    retrier: load('kafkajs/src/retry')({ retries: 1, initialRetryTime: 1, maxRetryTime: 1 }),
  });

  const answer: { partition: number }[] = await sendMessages({
    acks: -1,
    topicMessages: [{ topic: 't', messages: [{ partition: 0 }, { partition: 1 }] }],
  });

  expect(produced.flatMap(({ partitions }) => partitions)).toContain(1);
  expect(answer.map(({ partition }) => partition)).toEqual([0, 1]);
});

it('groups 100,000 messages by partition within 2 s, in their order', () => {
  const messages = Array.from({ length: 100_000 }, (_, at) => ({ value: String(at), partition: at % 2 }));
  const started = performance.now();

  const groups = load('kafkajs/src/producer/groupMessagesPerPartition')({
    topic: 't',
    partitionMetadata: [{}, {}],
    messages,
    partitioner: ({ message }: { message: { partition: number } }) => message.partition,
  });

  expect(performance.now() - started).toBeLessThan(2_000);
  expect(groups[1]).toEqual(messages.filter(({ partition }) => partition === 1));
});

it('writes a record with eight headers into one buffer', () => {
  const encodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0');
  const decodeRecord = load('kafkajs/src/protocol/recordBatch/record/v0/decoder');
  const Decoder = load('kafkajs/src/protocol/decoder');
  const headers = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`name-${i}`, `välue ${i}`]));
  const record = { offsetDelta: 300, timestampDelta: 70_000, key: 'key', value: 'x'.repeat(300), headers };
  const alloc = vi.spyOn(Buffer, 'alloc');
  const encoded: { readonly buffer: Buffer } = encodeRecord(record);
  const buffers = alloc.mock.calls.length;
  alloc.mockRestore();
  expect(buffers).toBe(1);
  const decoder = new Decoder(encoded.buffer);
  expect(decoder.readVarInt()).toBe(encoded.buffer.length - decoder.offset);
  const decoded = decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0', lastOffsetDelta: 300 });
  expect(decoded).toMatchObject({ offset: '300', timestamp: '70000' });
  expect([decoded.key, decoded.value].map(String)).toEqual(['key', record.value]);
  const read = Object.entries<Buffer>(decoded.headers).map(([name, value]) => [name, String(value)]);
  expect(Object.fromEntries(read)).toEqual(headers);
});

it.each([
  // Values of Apache Kafka's own test of murmur2.
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('hashes %s like the Java client', (key, hash) => {
  expect(load('kafkajs/src/producer/partitioners/default/murmur2.js')(key)).toBe(hash);
});

it('hashes a key of 1 MB within a second', () => {
  const murmur2 = load('kafkajs/src/producer/partitioners/default/murmur2.js');
  const started = performance.now();
  murmur2(Buffer.alloc(1_000_000, 'key'));
  expect(performance.now() - started).toBeLessThan(1_000);
});

it('arms no timer while no request is pending', () => {
  const RequestQueue = load('kafkajs/src/network/requestQueue');
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1000,
    logger: { debug() {}, warn() {} },
  });

  queue.checkPendingRequests();

  expect(queue.throttleCheckTimeoutId).toBeNull();
});

it('arms the timer while a request is pending', () => {
  const RequestQueue = load('kafkajs/src/network/requestQueue');
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1000,
    logger: { debug() {}, warn() {} },
  });
  queue.maybeThrottle(10_000);

  queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest: () => {} });

  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});

it('looks for timed-out requests once a second', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const RequestQueue = load('kafkajs/src/network/requestQueue');
  const logger = { debug() {}, warn() {} };
  const queue = new RequestQueue({ requestTimeout: 5_000, enforceRequestTimeout: true, logger });
  const isConnected = vi.fn(() => true);
  queue.isConnected = isConnected;
  queue.scheduleRequestTimeoutCheck();

  vi.advanceTimersByTime(10_000);

  expect(isConnected).toHaveBeenCalledTimes(10);
  queue.destroy();
});

describe('a partition without a leader', () => {
  const metadata = (partitionErrorCode: number) => ({
    topicMetadata: [
      {
        topicErrorCode: 0,
        partitionMetadata: [
          { partitionErrorCode: 0, partitionId: 0, leader: 1 },
          { partitionErrorCode, partitionId: 1, leader: -1 },
        ],
      },
    ],
  });
  const { parse } = load('kafkajs/src/protocol/requests/metadata/v0/response');

  it('leaves the metadata of the other partitions readable', async () => {
    const LEADER_NOT_AVAILABLE = 5;
    expect(await parse(metadata(LEADER_NOT_AVAILABLE))).toEqual(metadata(LEADER_NOT_AVAILABLE));
  });

  it('leaves the offsets of the other partitions known', () => {
    const initialize = load('kafkajs/src/consumer/offsetManager/initializeConsumerOffsets');
    const committed = [
      {
        topic: 't',
        partitions: [
          { partition: 0, offset: '-1' },
          { partition: 1, offset: '-1' },
        ],
      },
    ];
    const found = [{ topic: 't', partitions: [{ partition: 0, offset: '7' }] }];
    expect(initialize(committed, found)[0].partitions).toEqual([
      { partition: 0, offset: '7' },
      { partition: 1 },
    ]);
    expect(initialize(committed, [])[0].partitions).toEqual([{ partition: 0 }, { partition: 1 }]);
  });
});
