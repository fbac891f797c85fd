import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../port.fixture.js';
import { rawKafka, silent, subscribe } from './kafka.contract.js';
import { createKafkaPublisher, type KafkaPublisherOptions } from './publish/publisher.js';
import type { TopicSpec } from './topics/topic-spec.js';

const within = { timeout: 30_000, interval: 50 };

describe.skipIf(inject('kafkaBootstrap') === null)('settings of topics on a real broker', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  function publish(topics: readonly TopicSpec[], options: Partial<KafkaPublisherOptions> = {}) {
    const publisher = createKafkaPublisher({
      brokers,
      clientId: 'test-publisher',
      source: '/test',
      topics,
      timeoutMs: 10_000,
      logger: silent,
      ...options,
    });
    open.push(publisher);
    return publisher;
  }
  const name = () => `test-${randomUUID()}`;
  const withConfig = (topic: string, config: Record<string, string>): TopicSpec => ({
    topic,
    partitions: 2,
    replicationFactor: 1,
    configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  });
  async function alter(topic: string, config: Record<string, string>) {
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        },
      ],
    });
    await admin.disconnect();
  }
  const spread = (topic: string, count = 20) =>
    Array.from({ length: count }, (_, at) => outboundMessage(topic, { key: `k${at}` }));

  it('lowered-limit: no small message is rejected when the limit is below all of them', async () => {
    const topic = name();
    const publisher = publish([withConfig(topic, { 'max.message.bytes': '200' })]);
    const messages = spread(topic, 200);
    const outcomes = await publisher.publish(messages);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        status: 'unavailable',
        destinationOnly: true,
        reason: expect.stringContaining('raise max.message.bytes'),
      });
    }
    await alter(topic, { 'max.message.bytes': '1000000' });
    const settled = await publishUntilSettled(publisher, messages);
    expect(settled.every(({ status }) => status === 'acknowledged')).toBe(true);
  });

  it('relay-clock: a clock two hours ahead does not reject messages, and a new topic accepts them', async () => {
    const [old, fresh] = [name(), name()];
    const publisher = publish([
      withConfig(old, { 'message.timestamp.type': 'CreateTime' }),
      withConfig(fresh, {}),
    ]);
    await publisher.probe();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 7_200_000);

    const [refused, stored] = await publisher.publish([outboundMessage(old), outboundMessage(fresh)]);

    expect(stored?.status).toBe('acknowledged');
    expect(refused).toMatchObject({
      status: 'unavailable',
      destinationOnly: true,
      reason: expect.stringMatching(/INVALID_TIMESTAMP.*clock.*message\.timestamp\.type=LogAppendTime/),
    });
  });

  it('record-codec: creates topics with readable records, and warns once of others with the command', async () => {
    const [old, fresh] = [name(), name()];
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    await admin.createTopics({
      topics: [
        { topic: old, numPartitions: 2, configEntries: [{ name: 'compression.type', value: 'gzip' }] },
      ],
    });
    const warn = vi.fn();
    const publisher = publish([withConfig(old, {}), { topic: fresh, partitions: 2, replicationFactor: 1 }], {
      logger: { ...silent, warn },
    });
    await publisher.probe();
    await publisher.probe();
    await publishUntilSettled(publisher, [outboundMessage(old)]);

    const alterCommand = `kafka-configs.sh --bootstrap-server ${brokers} --alter --entity-type topics --entity-name ${old} --add-config`;
    expect(warn.mock.calls.map(([details]) => details)).toEqual([
      {
        topic: old,
        problem: 'compression.type is gzip, expected uncompressed',
        command: `${alterCommand} compression.type=uncompressed`,
      },
      {
        topic: old,
        problem: 'message.timestamp.type is CreateTime, expected LogAppendTime',
        command: `${alterCommand} message.timestamp.type=LogAppendTime`,
      },
    ]);
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: fresh }],
    });
    const config = new Map(resources[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]));
    expect(config.get('compression.type')).toBe('uncompressed');
    expect(config.get('message.timestamp.type')).toBe('LogAppendTime');
    await admin.disconnect();
  });

  it('unknown-topic: a message for a topic that this publisher does not know waits for a newer publisher', async () => {
    const topic = name();
    const publisher = publish([withConfig(topic, {})]);
    expect(publisher.topics).toEqual([topic]);
    const outcomes = await publisher.publish([outboundMessage('of-a-newer-release'), outboundMessage(topic)]);
    expect(outcomes).toEqual([
      {
        status: 'unavailable',
        destinationOnly: true,
        reason: expect.stringContaining('"of-a-newer-release"'),
      },
      { status: 'acknowledged', position: expect.any(String) },
    ]);
  });

  it('leaderless: a topic that cannot be created does not block the others', async () => {
    const [impossible, possible] = [name(), name()];
    const publisher = publish([
      { topic: impossible, partitions: 2, replicationFactor: 3 },
      withConfig(possible, {}),
    ]);
    const outcomes = await publisher.publish([outboundMessage(impossible), outboundMessage(possible)]);
    expect(outcomes).toEqual([
      { status: 'unavailable', destinationOnly: true, reason: expect.any(String) },
      { status: 'acknowledged', position: expect.any(String) },
    ]);
    const alone = publish([{ topic: impossible, partitions: 2, replicationFactor: 3 }]);
    await expect(alone.probe()).rejects.toThrow(/[Rr]eplication.?factor/);
  });

  it("shared-cluster: two stacks with prefixes on one Kafka do not see each other's messages", async () => {
    const topic = name();
    const stacks = ['staging.', 'production.'].map((prefix) => {
      const { handler, ids } = recorder();
      const publisher = publish([withConfig(topic, {})], { topicPrefix: prefix });
      const own = { groupId: `${prefix}inventory-${topic}` };
      open.push(subscribe(brokers, prefix + topic, handler, own));
      return { publisher, ids, messages: spread(topic) };
    });
    expect(stacks.map(({ publisher }) => publisher.topics)).toEqual([[topic], [topic]]);
    await Promise.all(stacks.map(({ publisher, messages }) => publishUntilSettled(publisher, messages)));
    for (const { ids, messages } of stacks) {
      const sent = messages.map(({ id }) => id).toSorted();
      await vi.waitFor(() => expect([...new Set(ids())].toSorted()).toEqual(sent), within);
    }
  });
});
