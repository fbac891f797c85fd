import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Connected } from '../port.contract.js';
import type { MessageHandler, Subscription } from '../port.js';
import { createKafkaClient } from './client.js';
import { createKafkaSubscription, type KafkaSubscriptionOptions } from './consume/subscription.js';
import { createKafkaPublisher } from './publish/publisher.js';
import type { KafkaSecurity } from './security.js';

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A direct connection of the test to the broker. */
export const rawKafka = (brokers: string[], security?: KafkaSecurity) =>
  createKafkaClient({ brokers, security, clientId: 'test', retry: { retries: 5, initialRetryTime: 100 } })
    .kafka;

export const topicsNamed = (topic: string) => [
  { topic, partitions: 6 },
  { topic: `${topic}.dlq`, partitions: 1 },
];

export function subscribe(
  brokers: string[],
  topic: string,
  handler: MessageHandler,
  overrides: Partial<KafkaSubscriptionOptions> = {},
): Subscription {
  return createKafkaSubscription({
    brokers,
    clientId: 'test-consumer',
    groupId: `${topic}-group`,
    topic,
    deadLetterTopic: `${topic}.dlq`,
    topics: topicsNamed(topic),
    handler,
    logger: silent,
    onFatal: (error) => {
      throw error;
    },
    ...overrides,
  });
}

export const publisherTo = (brokers: string[], topic: string, timeoutMs = 5000, security?: KafkaSecurity) =>
  createKafkaPublisher({
    brokers,
    security,
    clientId: 'test-publisher',
    source: '/test',
    topics: topicsNamed(topic),
    timeoutMs,
    logger: silent,
  });

export interface KafkaConnected extends Connected {
  readonly subscription: Subscription;
}

export async function connectKafka(
  brokers: string[],
  handler: MessageHandler,
  timeoutMs = 5000,
  security?: KafkaSecurity,
): Promise<KafkaConnected> {
  const topic = `test-${randomUUID()}`;
  const publisher = publisherTo(brokers, topic, timeoutMs, security);
  const subscription = subscribe(brokers, topic, handler, { security });
  await vi.waitFor(() => expect(subscription.notReadyReason()).toBeNull(), {
    timeout: 30_000,
    interval: 20,
  });
  return {
    topic,
    publisher,
    refusesOtherTopics: true,
    subscription,
    sendGarbage: () => sendGarbage(brokers, topic, security),
    deadLetterReasons: async () =>
      (await readTopic(brokers, `${topic}.dlq`, 1, security)).map(({ headers }) =>
        String(headers?.dlq_reason),
      ),
    closeReceiver: () => subscription.close(),
    async close() {
      await Promise.all([subscription.close(), publisher.close()]);
    },
  };
}

async function sendGarbage(brokers: string[], topic: string, security?: KafkaSecurity): Promise<void> {
  const producer = rawKafka(brokers, security).producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: [
      { value: '{ not JSON', key: null },
      { value: Buffer.from([0xff, 0xfe, 0x00]), key: Buffer.from([0xff]), headers: { ce_id: '', '': 'x' } },
      { value: null, key: 'tombstone', headers: { ce_type: Buffer.from([0xc3]), __proto__x: ['a', 'b'] } },
    ],
  });
  await producer.disconnect();
}

/** Reads the topic from its beginning until it has returned `count` records. */
export async function readTopic(brokers: string[], topic: string, count: number, security?: KafkaSecurity) {
  const groupId = `reader-${randomUUID()}`;
  const consumer = rawKafka(brokers, security).consumer({ groupId, maxWaitTimeInMs: 50 });
  const records: { key: Buffer | null; value: Buffer | null; headers?: Record<string, unknown> }[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      records.push({ key: message.key, value: message.value, headers: message.headers ?? {} });
    },
  });
  await vi.waitFor(() => expect(records.length).toBeGreaterThanOrEqual(count), {
    timeout: 30_000,
    interval: 20,
  });
  await consumer.disconnect();
  return records;
}

/** The number of records that the broker has stored. */
export async function storedRecords(brokers: string[], topic: string): Promise<number> {
  const admin = rawKafka(brokers).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}

/** The sum of a group's committed offsets. */
export async function committedRecords(brokers: string[], groupId: string, topic: string): Promise<number> {
  const admin = rawKafka(brokers).admin();
  await admin.connect();
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
  await admin.disconnect();
  return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}
