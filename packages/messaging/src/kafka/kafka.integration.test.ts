import { randomUUID } from 'node:crypto';
import { AssignerProtocol } from 'kafkajs';
import { describe, expect, inject, it, vi } from 'vitest';
import { describeDelivery } from '../port.contract.js';
import { outboundMessage, publishUntilSettled, recorder } from '../port.fixture.js';
import {
  committedRecords,
  connectKafka,
  publisherTo,
  rawKafka,
  readTopic,
  silent,
  storedRecords,
  subscribe,
} from './kafka.contract.js';
import { createKafkaPublisher } from './publish/publisher.js';

const within = { timeout: 30_000, interval: 20 };

describe.skipIf(inject('kafkaBootstrap') === null)('on a real broker', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];

  describeDelivery('Kafka', (handler) => connectKafka(brokers, handler));

  it('shipped bug 13: acknowledges as many of 200 concurrent publications as the broker has stored', async () => {
    const topic = `test-${randomUUID()}`;
    const publisher = publisherTo(brokers, topic);

    const calls = await Promise.all(
      Array.from({ length: 200 }, () => publisher.publish([outboundMessage(topic)])),
    );

    expect(calls.flat().map(({ status }) => status)).toEqual(Array(200).fill('acknowledged'));
    expect(await storedRecords(brokers, topic)).toBe(200);
    await publisher.close();
  });

  it('isolates the message that exceeds the limit of the broker and sends the others in order', async () => {
    const topic = `test-${randomUUID()}`;
    const publisher = createKafkaPublisher({
      brokers,
      clientId: 'test-publisher',
      source: '/test',
      topics: [{ topic, partitions: 1, configEntries: [{ name: 'max.message.bytes', value: '20000' }] }],
      timeoutMs: 10_000,
      logger: silent,
    });
    const messages = Array.from({ length: 100 }, (_, at) =>
      outboundMessage(topic, {
        key: 'one',
        body: JSON.stringify({ at, pad: 'x'.repeat(at === 42 ? 30_000 : 300) }),
      }),
    );

    const outcomes = await publisher.publish(messages);

    expect(outcomes.flatMap(({ status }, at) => (status === 'acknowledged' ? [] : [[at, status]]))).toEqual([
      [42, 'rejected'],
    ]);
    const stored = (await readTopic(brokers, topic, 99)).map(({ value }) => JSON.parse(String(value)).at);
    const firstTimes = [...new Set(stored)];
    expect(firstTimes).toEqual(messages.flatMap((_, at) => (at === 42 ? [] : [at])));
    await publisher.close();
  });

  it('commits no offset while the handler fails, and all of them once it succeeds', async () => {
    const { handler, received } = recorder();
    let failures = 0;
    let databaseIsUp = false;
    const connected = await connectKafka(brokers, async (messages) => {
      if (databaseIsUp) return handler(messages);
      failures += 1;
      throw new Error('the database is down');
    });
    const { topic, publisher } = connected;
    await publishUntilSettled(
      publisher,
      Array.from({ length: 20 }, () => outboundMessage(topic)),
    );
    await vi.waitFor(() => expect(failures).toBeGreaterThan(3), within);
    expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(0);

    databaseIsUp = true;

    await vi.waitFor(() => expect(received).toHaveLength(20), within);
    await connected.close();
    expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(20);
  });

  it('keeps its partitions while a handler takes longer than the session time-out', async () => {
    const { handler, received } = recorder();
    const started = performance.now();
    const connected = await connectKafka(brokers, async (messages) => {
      await vi.waitFor(() => expect(performance.now() - started).toBeGreaterThan(13_000), {
        timeout: 20_000,
        interval: 100,
      });
      return handler(messages);
    });
    await publishUntilSettled(connected.publisher, [outboundMessage(connected.topic)]);

    await vi.waitFor(() => expect(received).toHaveLength(1), within);
    expect(connected.subscription.notReadyReason()).toBeNull();
    await connected.close();

    expect(received).toHaveLength(1);
    expect(await committedRecords(brokers, `${connected.topic}-group`, connected.topic)).toBe(1);
  });

  it('shares the partitions between two members, and one takes over when the other leaves', async () => {
    const first = recorder();
    const second = recorder();
    const one = await connectKafka(brokers, first.handler);
    const { topic, publisher } = one;
    const two = subscribe(brokers, topic, second.handler);
    const spread = () => Array.from({ length: 60 }, (_, at) => outboundMessage(topic, { key: `k${at}` }));

    await vi.waitFor(async () => {
      await publishUntilSettled(publisher, spread());
      expect(first.received.length).toBeGreaterThan(0);
      expect(second.received.length).toBeGreaterThan(0);
    }, within);

    await one.closeReceiver();
    const rest = spread();
    await publishUntilSettled(publisher, rest);
    await vi.waitFor(
      () => expect(second.ids()).toEqual(expect.arrayContaining(rest.map(({ id }) => id))),
      within,
    );
    await two.close();
    await one.close();
  });

  it('recreates a topic that an operator deleted', async () => {
    const { handler, ids } = recorder();
    const connected = await connectKafka(brokers, handler);
    const { topic, publisher } = connected;
    await publishUntilSettled(publisher, [outboundMessage(topic, { key: 'a' })]);
    await vi.waitFor(() => expect(ids()).toHaveLength(1), within);
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();

    // Uses another partition, because the consumer's old offset may be beyond this record.
    const after = outboundMessage(topic, { key: 'b' });
    await publishUntilSettled(publisher, [after]);

    await vi.waitFor(() => expect(ids()).toContain(after.id), within);
    await connected.close();
  });

  it('reports once, as fatal, that the consumer can never join its group', async () => {
    const topic = `test-${randomUUID()}`;
    const foreign = rawKafka(brokers).consumer({
      groupId: `${topic}-group`,
      // All members of a group must share an assigner, so the broker refuses the second member.
      partitionAssigners: [
        () => ({
          name: 'Foreign',
          version: 1,
          assign: async () => [],
          protocol: ({ topics }) => ({
            name: 'Foreign',
            metadata: AssignerProtocol.MemberMetadata.encode({
              version: 1,
              topics,
              userData: Buffer.alloc(0),
            }),
          }),
        }),
      ],
    });
    const publisher = publisherTo(brokers, topic);
    await publisher.probe();
    await foreign.connect();
    await foreign.subscribe({ topic });
    const joined = new Promise((resolve) => foreign.on(foreign.events.GROUP_JOIN, resolve));
    await foreign.run({ eachMessage: async () => {} });
    await joined;

    const onFatal = vi.fn();
    const error = vi.fn();
    const subscription = subscribe(brokers, topic, async () => [], { onFatal, logger: { ...silent, error } });
    await vi.waitFor(() => expect(onFatal).toHaveBeenCalled(), within);
    expect(subscription.notReadyReason()).toMatch(/^the consumer ended: /);
    expect(error).toHaveBeenCalledWith(
      expect.objectContaining({ groupId: `${topic}-group` }),
      'the Kafka consumer ended and will not restart',
    );
    await subscription.close();
    expect(onFatal).toHaveBeenCalledOnce();
    await foreign.disconnect();
    await publisher.close();
  });
});
