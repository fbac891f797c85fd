import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka, freePorts } from '@lmt/stack';
import { describe, expect, inject, it, vi } from 'vitest';
import { committedRecords, connectKafka, rawKafka, silent } from '../kafka.contract.js';
import { createDeadLetterReader, type DeadLetterReaderOptions } from './dead-letter-reader.js';
import { readNewest, UnreadableTopicError } from './read-newest.js';

const within = { timeout: 30_000, interval: 50 };

describe.skipIf(inject('kafkaBootstrap') === null)('reading dead letters', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];

  async function withAdmin<T>(work: (admin: ReturnType<ReturnType<typeof rawKafka>['admin']>) => Promise<T>) {
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    return work(admin).finally(() => admin.disconnect());
  }

  function createReader(topic: string, overrides: Partial<DeadLetterReaderOptions> = {}) {
    const groupPrefix = `reader-${topic}`;
    const textLimits = { body: 10, other: 100 };
    const options = { brokers, clientId: 'test', groupPrefix, topic, textLimits, logger: silent };
    return createDeadLetterReader({ ...options, ...overrides });
  }

  async function createTopic(partitions: number, to = brokers): Promise<string> {
    const topic = `test-${randomUUID()}`;
    const admin = rawKafka(to).admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
    await admin.disconnect();
    return topic;
  }

  async function produce(topic: string, values: readonly string[], partition = 0, to = brokers) {
    const producer = rawKafka(to).producer();
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
    await producer.disconnect();
  }

  const readersOf = (topic: string) =>
    withAdmin(async (admin) => {
      const { groups } = await admin.listGroups();
      return groups.filter(({ groupId }) => groupId.startsWith(`reader-${topic}`));
    });
  const untilNoReaders = (topic: string) =>
    vi.waitFor(async () => expect(await readersOf(topic)).toEqual([]), within);

  it('returns the records that the consumer parked, and does not disturb the consumer', async () => {
    const connected = await connectKafka(brokers, async (messages) =>
      messages.filter(({ id }) => id === null).map((message) => ({ message, reason: 'no id' })),
    );
    const { topic, sendGarbage } = connected;
    const groupId = `${topic}-group`;
    await sendGarbage();
    await vi.waitFor(async () => expect(await committedRecords(brokers, groupId, topic)).toBe(3), within);
    const describeGroup = () => withAdmin(async (admin) => (await admin.describeGroups([groupId])).groups);
    const before = await describeGroup();

    const { total, records } = await createReader(`${topic}.dlq`)(50);

    expect(total).toBe(3);
    expect(records.map(({ key, body, reason }) => [key, body, reason])).toEqual(
      expect.arrayContaining([
        [null, '{ not JSON', 'no id'],
        ['\ufffd', '\ufffd\ufffd\u0000', 'no id'],
        ['tombstone', null, 'no id'],
      ]),
    );
    const offsets = (values: readonly (string | null)[]) => values.map((value) => value?.split('@')[1]);
    expect(offsets(records.map(({ position }) => position))).toEqual(['2', '1', '0']);
    expect(records.every(({ origin }) => origin?.startsWith(`${topic}/`))).toBe(true);
    expect(await describeGroup()).toEqual(before);
    expect(await committedRecords(brokers, groupId, topic)).toBe(3);
    expect(connected.subscription.notReadyReason()).toBeNull();
    await untilNoReaders(`${topic}.dlq`);
    await connected.close();
  });

  it('returns only the newest records, of all partitions', async () => {
    const topic = await createTopic(3);
    for (const partition of [0, 1]) {
      await produce(
        topic,
        Array.from({ length: 100 }, (_, at) => `${partition}-${at}`),
        partition,
      );
    }
    const { total, records } = await createReader(topic)(3);
    expect(total).toBe(200);
    expect(records.map(({ body }) => body)).toEqual(['1-99', '1-98', '1-97']);
  });

  it('reads to the end of a topic whose last record is the marker of a transaction', async () => {
    const topic = await createTopic(1);
    const producer = rawKafka(brokers).producer({ transactionalId: topic, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] });
    await transaction.commit();
    await producer.disconnect();
    // The broker writes the marker after it has confirmed the commit.
    await vi.waitFor(async () => expect((await createReader(topic)(10)).total).toBe(3), within);
    expect((await createReader(topic)(10)).records.map(({ body }) => body)).toEqual(['b', 'a']);
    expect((await createReader(topic)(1)).records).toEqual([]);
  });

  it('returns nothing for a topic that does not exist, and does not create it', async () => {
    const topic = `test-${randomUUID()}`;
    expect(await createReader(topic)(10)).toMatchObject({ total: 0, records: [] });
    expect(await withAdmin((admin) => admin.listTopics())).not.toContain(topic);
  });

  it('shares a read among concurrent calls, and reads again only after a change or after 10 s', async () => {
    const topic = await createTopic(1);
    await produce(topic, ['a']);
    let now = 0;
    const read = createReader(topic, { monotonicNow: () => now });
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => read(10)));
    for (const other of others) expect(other).toBe(first);
    now = 9_999;
    expect(await read(10)).toBe(first);
    const limited = await read(1);
    expect(limited).not.toBe(first);
    now = 10_000;
    expect(await read(1)).toBe(limited);
    now = 19_999;
    const again = await read(1);
    expect(again).not.toBe(limited);
    expect(again).toEqual(limited);
    await produce(topic, ['b']);
    expect((await read(1)).records.map(({ body }) => body)).toEqual(['b']);
    await untilNoReaders(topic);
  });

  it('deletes its group after a failure', async () => {
    const topic = await createTopic(1);
    await produce(topic, ['a']);
    const convert = vi.fn(() => {
      throw new TypeError('cannot be converted');
    });
    const groupPrefix = `reader-${topic}`;
    const options = {
      brokers,
      clientId: 'test',
      groupPrefix,
      topic,
      timeoutMs: 20_000,
      logger: silent,
      convert,
    };
    const reading = readNewest(options, 1);
    await expect(reading).rejects.toThrow(
      new UnreadableTopicError(`Kafka (${brokers}): ${topic} cannot be read: cannot be converted`),
    );
    // The read had joined its group.
    expect(convert).toHaveBeenCalled();
    await untilNoReaders(topic);
  });

  it('rejects within its time limit if the broker refuses connections or does not answer', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.resume().on('error', () => undefined)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const silentBroker = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const read = (broker: string) => createReader('t', { brokers: [broker], timeoutMs: 2_000 })(1);

    await expect(read('127.0.0.1:1')).rejects.toThrow(
      /^Kafka \(127\.0\.0\.1:1\): t cannot be read: .*ECONNREFUSED/,
    );
    const startedAt = performance.now();
    await expect(read(silentBroker)).rejects.toThrow(
      new UnreadableTopicError(`Kafka (${silentBroker}): t cannot be read: no answer within 2 s`),
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await vi.waitFor(() => expect(sockets.every(({ destroyed }) => destroyed)).toBe(true), within);
    server.close();
  });

  it('rejects when the broker dies during the read, and reads again once it is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lmt-reader-'));
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const kafka = createKafka({ folder, port, controllerPort });
    await kafka.start();
    const own = [kafka.bootstrap];
    try {
      const topic = await createTopic(1, own);
      // A fetch returns one of these records.
      const count = 20;
      for (let at = 0; at < count; at += 1) await produce(topic, ['x'.repeat(900_000)], 0, own);
      const options = { brokers: own, clientId: 'test', groupPrefix: topic, topic, logger: silent };
      const convert = vi.fn((_partition: number, { offset }: { offset: string }) => offset);
      const read = () => readNewest({ ...options, timeoutMs: 5_000, convert }, count);
      // A new broker has no group coordinator at first.
      await vi.waitFor(async () => expect((await read()).records).toHaveLength(count), within);

      const killing = new Promise<void>((resolve) => {
        convert.mockImplementationOnce((_partition, { offset }) => {
          resolve(kafka.kill());
          return offset;
        });
      });
      await expect(read()).rejects.toThrow(UnreadableTopicError);
      await killing;
      await expect(read()).rejects.toThrow(/ECONNREFUSED|no answer/);

      await kafka.start();
      await vi.waitFor(async () => expect((await read()).records).toHaveLength(count), within);
    } finally {
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
