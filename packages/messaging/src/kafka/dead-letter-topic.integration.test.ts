import { randomUUID } from 'node:crypto';
import { ConfigResourceTypes } from 'kafkajs';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import type { InboundMessage, MessageHandler, Subscription } from '../port.js';
import type { KafkaSubscriptionOptions } from './consume/subscription.js';
import { committedRecords, rawKafka, readTopic, silent, subscribe, topicsNamed } from './kafka.contract.js';

const within = { timeout: 30_000, interval: 20 };
const soon = { timeout: 5_000, interval: 20 };

describe.skipIf(inject('kafkaBootstrap') === null)('on a real broker', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];
  const open: Pick<Subscription, 'close'>[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });

  async function withAdmin<T>(work: (admin: ReturnType<ReturnType<typeof rawKafka>['admin']>) => Promise<T>) {
    const admin = rawKafka(brokers).admin();
    await admin.connect();
    return work(admin).finally(() => admin.disconnect());
  }

  /** Subscribes with a handler that returns records without an id as dead letters. */
  function connect(topic: string, overrides: Partial<KafkaSubscriptionOptions> = {}) {
    const received: InboundMessage[] = [];
    const handler: MessageHandler = async (messages) => {
      received.push(...messages);
      return messages
        .filter(({ id }) => id === null)
        .map((message) => ({ message, reason: 'no message id' }));
    };
    const warn = vi.fn();
    const subscription = subscribe(brokers, topic, handler, { logger: { ...silent, warn }, ...overrides });
    open.push(subscription);
    const bodies = () => received.map(({ body }) => body);
    return { subscription, bodies, warn };
  }

  async function produce(topic: string, value: string, id?: string, partition = 0) {
    const producer = rawKafka(brokers).producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value, partition, headers: id ? { ce_id: id } : {} }] });
    await producer.disconnect();
  }

  const setLimit = (topic: string, bytes: number) =>
    withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
          },
        ],
      }),
    );

  it('dead-letter-topic: a topic that accepts no records delays only the dead letter', async () => {
    const topic = `test-${randomUUID()}`;
    const group = `${topic}-group`;
    const { subscription, bodies, warn } = connect(topic, {
      topics: topicsNamed(topic).map((spec) => ({
        ...spec,
        configEntries: spec.topic === topic ? [] : [{ name: 'max.message.bytes', value: '50' }],
      })),
    });
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);

    await produce(topic, 'dead');
    await vi.waitFor(() => expect(bodies()).toContain('dead'), within);
    await produce(topic, 'next', '1');
    await vi.waitFor(() => expect(bodies()).toContain('next'), soon);
    await produce(topic, 'dead too');
    await produce(topic, 'last', '2');
    await produce(topic, 'elsewhere', '3', 4);
    await vi.waitFor(() => expect(bodies()).toEqual(expect.arrayContaining(['last', 'elsewhere'])), soon);

    expect(bodies().filter((body) => body === 'dead')).toHaveLength(1);
    await vi.waitFor(
      () =>
        expect(subscription.notReadyReason()).toMatch(new RegExp(`^2 dead letters wait for ${topic}.dlq: `)),
      within,
    );
    await vi.waitFor(async () => expect(await committedRecords(brokers, group, topic)).toBe(1), within);
    expect(warn.mock.calls.filter(([, text]) => /cannot be stored/.test(text))).toHaveLength(1);

    await setLimit(`${topic}.dlq`, 1_048_588);

    const parked = await readTopic(brokers, `${topic}.dlq`, 2);
    expect(parked.map(({ value }) => String(value))).toEqual(['dead', 'dead too']);
    await vi.waitFor(async () => expect(await committedRecords(brokers, group, topic)).toBe(5), within);
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);
  });

  it('dead-letter-topic: a topic that accepts only small records gets the beginning of a large one', async () => {
    const topic = `test-${randomUUID()}`;
    const { subscription, bodies } = connect(topic, {
      topics: topicsNamed(topic).map((spec) => ({
        ...spec,
        configEntries: spec.topic === topic ? [] : [{ name: 'max.message.bytes', value: '20000' }],
      })),
    });
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);
    await produce(topic, 'x'.repeat(50_000));
    await vi.waitFor(() => expect(bodies()).toHaveLength(1), within);

    const [parked] = await readTopic(brokers, `${topic}.dlq`, 1);

    expect(parked?.value).toHaveLength(1_000);
    expect(String(parked?.headers?.dlq_truncated_from)).toBe('50000');
    expect(String(parked?.headers?.dlq_offset)).toBe('0');
  });

  it('dead-letter-topic: the consumer runs although the topic cannot be created', async () => {
    const topic = `test-${randomUUID()}`;
    const deadLetterTopic = 'not/a valid name';
    const { subscription, bodies, warn } = connect(topic, {
      deadLetterTopic,
      topics: [
        { topic, partitions: 6 },
        { topic: deadLetterTopic, partitions: 1 },
      ],
    });
    await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);

    await produce(topic, 'dead');
    await produce(topic, 'next', '1');

    await vi.waitFor(() => expect(bodies()).toContain('next'), within);
    await vi.waitFor(
      () => expect(subscription.notReadyReason()).toMatch(/^1 dead letters wait for /),
      within,
    );
    await vi.waitFor(
      () =>
        expect(warn.mock.calls.map(([, text]) => text)).toContainEqual(
          expect.stringMatching(/cannot be used; other topics work/),
        ),
      within,
    );
  });

  it('dead-letter-topic: the next member of the group receives the held records', async () => {
    const topic = `test-${randomUUID()}`;
    const blocked = topicsNamed(topic).map((spec) => ({
      ...spec,
      configEntries: spec.topic === topic ? [] : [{ name: 'max.message.bytes', value: '50' }],
    }));
    const first = connect(topic, { topics: blocked });
    await vi.waitFor(() => expect(first.subscription.notReadyReason()).toBeNull(), within);
    await produce(topic, 'done', '0');
    await produce(topic, 'dead');
    await produce(topic, 'next', '1');
    await vi.waitFor(() => expect(first.bodies()).toContain('next'), within);

    await first.subscription.close();
    await setLimit(`${topic}.dlq`, 1_048_588);
    const second = connect(topic);

    await vi.waitFor(() => expect(second.bodies()).toContain('next'), within);
    expect(second.bodies()).toEqual(['dead', 'next']);
    const parked = await readTopic(brokers, `${topic}.dlq`, 1);
    expect(parked.map(({ value }) => String(value))).toEqual(['dead']);
    await vi.waitFor(
      async () => expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(3),
      within,
    );
  });

  it('partitions-added: the records of added partitions are delivered within 30 s, with one warning', async () => {
    const topic = `test-${randomUUID()}`;
    const one = connect(topic);
    const two = connect(topic);
    for (const { subscription } of [one, two]) {
      await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), within);
    }
    await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 12 }] }));
    const partitions = Array.from({ length: 12 }, (_, at) => at);
    await vi.waitFor(
      () => Promise.all(partitions.map((at) => produce(topic, `to ${at}`, String(at), at))),
      within,
    );

    await vi.waitFor(
      () =>
        expect(new Set([...one.bodies(), ...two.bodies()])).toEqual(
          new Set(partitions.map((at) => `to ${at}`)),
        ),
      within,
    );
    for (const { warn } of [one, two]) {
      const lines = warn.mock.calls.filter(([, text]) => /more partitions than configured/.test(text));
      expect(lines.length).toBeLessThanOrEqual(1);
    }
    const warned = [...one.warn.mock.calls, ...two.warn.mock.calls].map(([, text]) => text);
    expect(warned).toContainEqual(expect.stringMatching(/more partitions than configured/));
  });
});
