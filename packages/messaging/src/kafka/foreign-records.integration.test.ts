import { randomBytes, randomUUID } from 'node:crypto';
import { createGzip } from 'node:zlib';
import { CompressionCodecs, CompressionTypes, type Message, type ProducerConfig } from 'kafkajs';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { recorder } from '../port.fixture.js';
import type { InboundMessage, MessageHandler, Subscription } from '../port.js';
import { committedRecords, rawKafka, readTopic, subscribe, topicsNamed } from './kafka.contract.js';

const within = { timeout: 30_000, interval: 20 };

describe.skipIf(inject('kafkaBootstrap') === null)('records of a foreign producer', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];
  const open: Pick<Subscription, 'close'>[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  /**
   * Creates the topics with this compression.type, and a consumer and a foreign producer of them.
   */
  async function connect(
    handler: MessageHandler,
    { compression = 'producer', producer: config = {} as ProducerConfig, maxBytes = 1_048_588 } = {},
  ) {
    const topic = `test-${randomUUID()}`;
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    await admin.createTopics({
      topics: topicsNamed(topic).map((spec) => ({
        topic: spec.topic,
        numPartitions: spec.partitions,
        configEntries: [
          { name: 'compression.type', value: compression },
          { name: 'max.message.bytes', value: String(maxBytes) },
        ],
      })),
    });
    await admin.disconnect();
    const onFatal = vi.fn();
    const warn = vi.fn();
    const logger = { debug() {}, info() {}, warn, error() {} };
    const subscription = subscribe(brokers, topic, handler, { onFatal, logger });
    const producer = rawKafka(brokers).producer(config);
    await producer.connect();
    open.push(subscription, { close: () => producer.disconnect() });
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);
    const send = (messages: Message[], type = CompressionTypes.None) =>
      producer.send({
        topic,
        compression: type,
        messages: messages.map((message) => ({ partition: 0, ...message })),
      });
    return { topic, subscription, producer, send, onFatal, warn };
  }

  const parkUnnamed: MessageHandler = async (messages) =>
    messages.filter(({ id }) => id === null).map((message) => ({ message, reason: 'no message id' }));

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'record-codec: reads records that the broker has compressed with %s',
    async (compression) => {
      const { received, handler } = recorder();
      const { topic, send, onFatal } = await connect(handler, { compression, maxBytes: 4_000_000 });
      const bodies = [
        '',
        'x',
        'abcabcabc'.repeat(5),
        JSON.stringify({
          items: Array.from({ length: 500 }, (_, at) => ({ sku: `SKU-${at}`, quantity: at })),
        }),
        randomBytes(150_000).toString('base64'),
        'x'.repeat(1_500_000),
        `${randomBytes(90_000).toString('hex')}${'-'.repeat(70_000)}`.repeat(3),
      ];

      for (const part of [bodies, bodies.toReversed(), bodies.slice(0, 1)]) {
        await send(part.map((value) => ({ value, headers: { ce_id: '1' } })));
      }

      const expected = [...bodies, ...bodies.toReversed(), ...bodies.slice(0, 1)];
      await vi.waitFor(() => expect(received).toHaveLength(expected.length), within);
      expect(received.map(({ body }) => body.length)).toEqual(expected.map(({ length }) => length));
      expect(received.every(({ body }, at) => body === expected[at])).toBe(true);
      await vi.waitFor(
        async () => expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(expected.length),
        within,
      );
      expect(onFatal).not.toHaveBeenCalled();
    },
  );

  it.each([
    ['different names', Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`h${at}`, '1']))],
    ['one name', { h: Array.from({ length: 10_000 }, (_, at) => String(at)) }],
  ])('record-headers: 10,000 headers of %s are handled within 2 s', async (_, headers) => {
    const { received, handler } = recorder();
    const { send, onFatal } = await connect(handler);
    await send([{ value: 'before' }]);
    await vi.waitFor(() => expect(received).toHaveLength(1), within);

    const started = performance.now();
    await send([{ value: 'many', headers: { ce_id: '1', ...headers } }, { value: 'after' }]);
    await vi.waitFor(() => expect(received).toHaveLength(3), within);

    expect(performance.now() - started).toBeLessThan(2_000);
    expect(received[1]?.id).toBe('1');
    expect(onFatal).not.toHaveBeenCalled();
  });

  it('record-headers: a record with 10,000 headers and no id is parked with all of them', async () => {
    const { topic, send } = await connect(parkUnnamed);
    const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`h${at}`, '1']));
    await send([{ value: 'many', headers: { ...headers, constructor: 'c' } }]);

    const [parked] = await readTopic(brokers, `${topic}.dlq`, 1);

    expect(Object.keys(parked?.headers ?? {})).toHaveLength(10_005);
    expect(String(parked?.headers?.constructor)).toBe('c');
  });

  it('record-bomb: a gzip batch that becomes 300 MB is parked within bounded memory', async () => {
    const received: InboundMessage[] = [];
    const { topic, send, onFatal, warn } = await connect(async (messages) => {
      received.push(...messages);
      return parkUnnamed(messages);
    });
    const bomb = await gzippedRecord(300);
    expect(bomb.length).toBeLessThan(400_000);
    const before = process.memoryUsage().rss;
    let highest = before;
    const sampler = setInterval(() => (highest = Math.max(highest, process.memoryUsage().rss)), 5);

    await withCompressed(bomb, () => send([{ value: 'replaced by the bomb' }], CompressionTypes.GZIP));
    await send([{ value: 'after', headers: { ce_id: '2' } }]);
    const [parked] = await readTopic(brokers, `${topic}.dlq`, 1);
    await vi.waitFor(() => expect(received.map(({ id }) => id)).toContain('2'), within);
    clearInterval(sampler);

    expect(highest - before).toBeLessThan(150_000_000);
    expect(String(parked?.headers?.dlq_reason)).toMatch(
      /^cannot be decoded: record batch 0-0: gzip: more than 16777216 bytes/,
    );
    expect(String(parked?.headers?.dlq_offset)).toBe('0');
    // The number of records, then the compressed data.
    expect(parked?.value?.subarray(0, 4)).toEqual(Buffer.from([0, 0, 0, 1]));
    expect(parked?.value?.subarray(4).equals(bomb.subarray(0, 99_996))).toBe(true);
    expect(warn.mock.calls.filter(([, text]) => text === 'dead letter parked')).toHaveLength(1);
    expect(onFatal).not.toHaveBeenCalled();
  });

  it('record-bomb: a batch of 200,000 tiny records is parked as a whole', async () => {
    const { received, handler } = recorder();
    const { topic, send, onFatal } = await connect(handler);

    await send(
      Array.from({ length: 200_000 }, () => ({ value: null })),
      CompressionTypes.GZIP,
    );
    await send([{ value: 'after', headers: { ce_id: '2' } }]);

    const [parked] = await readTopic(brokers, `${topic}.dlq`, 1);
    expect(String(parked?.headers?.dlq_reason)).toMatch(/more than 100000 records and headers/);
    expect(String(parked?.headers?.dlq_offset)).toBe('199999');
    await vi.waitFor(() => expect(received.map(({ id }) => id)).toContain('2'), within);
    await vi.waitFor(
      async () => expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(200_001),
      within,
    );
    expect(onFatal).not.toHaveBeenCalled();
  });

  it('record-codec: an open transaction and its control records do not delay other records', async () => {
    const { received, handler } = recorder();
    const { topic, producer } = await connect(handler, {
      producer: { transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true },
    });
    const committed = await producer.transaction();
    await committed.send({ topic, messages: [{ value: 'committed', partition: 0 }] });
    await committed.commit();
    const unfinished = await producer.transaction();
    await unfinished.send({ topic, messages: [{ value: 'open', partition: 0 }] });
    const other = rawKafka(brokers).producer();
    await other.connect();
    await other.send({ topic, messages: [{ value: 'after', partition: 0 }] });

    await vi.waitFor(() => expect(received.map(({ body }) => body)).toContain('after'), {
      timeout: 5_000,
      interval: 20,
    });

    await unfinished.abort();
    await other.send({ topic, messages: [{ value: 'last', partition: 0 }] });
    await other.disconnect();
    await vi.waitFor(() => expect(received.at(-1)?.body).toBe('last'), within);
    expect(received.every(({ body }) => /^(committed|open|after|last)$/.test(body))).toBe(true);
  });
});

/** Runs `work` while kafkajs' producers send these bytes in place of every gzip batch. */
async function withCompressed(bytes: Buffer, work: () => Promise<unknown>): Promise<void> {
  const original = CompressionCodecs[CompressionTypes.GZIP];
  CompressionCodecs[CompressionTypes.GZIP] = () => ({ ...original(), compress: async () => bytes });
  await work().finally(() => {
    CompressionCodecs[CompressionTypes.GZIP] = original;
  });
}

/** One record whose value is this many megabytes of zeros, as kafkajs encodes it, compressed. */
async function gzippedRecord(megabytes: number): Promise<Buffer> {
  const megabyte = Buffer.alloc(1_000_000);
  const start = Buffer.concat([Buffer.from([0, 0, 0, 1]), zigZag(megabytes * megabyte.length)]);
  const gzip = createGzip();
  const collected = gzip.toArray();
  gzip.write(Buffer.concat([zigZag(start.length + megabytes * megabyte.length + 1), start]));
  for (let written = 0; written < megabytes; written += 1) {
    if (!gzip.write(megabyte)) await new Promise((resolve) => gzip.once('drain', resolve));
  }
  gzip.end(Buffer.from([0]));
  return Buffer.concat(await collected);
}

function zigZag(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt(value) * 2n; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}
