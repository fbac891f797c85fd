import { randomUUID } from 'node:crypto';
import {
  type AclEntry,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import { describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../port.fixture.js';
import { publisherTo, rawKafka, silent, subscribe, topicsNamed } from './kafka.contract.js';
import { createDeadLetterReader } from './read/dead-letter-reader.js';
import type { KafkaSecurity } from './security.js';

const secured = inject('securedKafka');
const within = { timeout: 30_000, interval: 20 };

describe.skipIf(secured === null)('the permissions of each process', () => {
  if (secured === null) return;
  const superuser = [inject('kafkaBootstrap') ?? ''];
  const brokers = [secured.saslBootstrap];
  const security = (username: 'relay' | 'inventory'): KafkaSecurity => ({
    tls: { ca: secured.ca },
    sasl: { mechanism: 'scram-sha-512', username, password: secured.logins[username] },
  });

  const { TOPIC, GROUP } = AclResourceTypes;
  const { READ, WRITE, DELETE, DESCRIBE } = AclOperationTypes;
  const { LITERAL, PREFIXED } = ResourcePatternTypes;
  const acl = (
    username: string,
    operation: AclOperationTypes,
    resourceType: AclResourceTypes,
    resourceName: string,
    resourcePatternType = LITERAL,
  ): AclEntry => ({
    principal: `User:${username}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType,
    resourceName,
    resourcePatternType,
  });
  const relayAcls = (topic: string) => [acl('relay', WRITE, TOPIC, topic)];
  const inventoryAcls = (topic: string) => ({
    topic: acl('inventory', READ, TOPIC, topic),
    group: acl('inventory', READ, GROUP, `${topic}-group`),
    deadLetters: acl('inventory', WRITE, TOPIC, `${topic}.dlq`),
  });
  /** Lets the inventory show the dead letters. Each read has a consumer group of its own. */
  const pageAcls = (topic: string) => [
    acl('inventory', READ, TOPIC, `${topic}.dlq`),
    acl('inventory', READ, GROUP, `${topic}-group-dead-letters`, PREFIXED),
    acl('inventory', DELETE, GROUP, `${topic}-group-dead-letters`, PREFIXED),
  ];

  async function grant(...acls: AclEntry[]): Promise<void> {
    const admin = rawKafka(superuser).admin();
    await admin.connect();
    await admin.createAcls({ acl: acls });
    await admin.disconnect();
  }

  /** An operator creates the topics, because the processes may not. */
  async function createTopics(): Promise<string> {
    const topic = `acl-${randomUUID()}`;
    const publisher = publisherTo(superuser, topic);
    await vi.waitFor(() => publisher.probe(), within);
    await publisher.close();
    return topic;
  }

  it('suffice to deliver, to park and to show dead letters, and no password is logged', async () => {
    const topic = await createTopics();
    const acls = inventoryAcls(topic);
    await grant(...relayAcls(topic), ...Object.values(acls), ...pageAcls(topic));
    const lines: unknown[][] = [];
    const log = (...line: unknown[]) => void lines.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    const publisher = publisherTo(brokers, topic, 5_000, security('relay'));
    const subscription = subscribe(
      brokers,
      topic,
      async (messages) => messages.map((message) => ({ message, reason: 'no order id' })),
      { security: security('inventory'), logger },
    );
    const read = createDeadLetterReader({
      brokers,
      clientId: 'test',
      security: security('inventory'),
      groupPrefix: `${topic}-group-dead-letters`,
      topic: `${topic}.dlq`,
      textLimits: { body: 100, other: 100 },
      logger,
    });

    await vi.waitFor(() => publisher.probe(), within);
    await publishUntilSettled(publisher, [outboundMessage(topic)]);
    await vi.waitFor(async () => expect((await read(10)).total).toBe(1), within);
    const [deadLetter] = (await read(10)).records;

    expect(deadLetter?.reason).toBe('no order id');
    expect(subscription.notReadyReason()).toBeNull();
    expect([...((await subscription.readLag()) ?? [])]).toHaveLength(6);
    expect(JSON.stringify(lines)).not.toContain(secured.logins.inventory);
    await Promise.all([publisher.close(), subscription.close()]);
  });

  it('do not let the relay read its topic or describe others', async () => {
    const topic = await createTopics();
    await grant(...relayAcls(topic));
    const admin = rawKafka(brokers, security('relay')).admin();
    await admin.connect();

    await vi.waitFor(async () => expect(await admin.listTopics()).toContain(topic), within);
    expect(await admin.listTopics()).not.toContain(`${topic}.dlq`);
    await expect(admin.createTopics({ topics: [{ topic: `${topic}.new` }] })).rejects.toThrow();
    await expect(admin.deleteTopics({ topics: [topic] })).rejects.toThrow(/not authorized/i);
    await expect(admin.fetchTopicMetadata({ topics: [`${topic}.dlq`] })).rejects.toThrow(/not authorized/i);
    await admin.disconnect();
  });

  it('are named when the relay may not write', async () => {
    const topic = await createTopics();
    const publisher = publisherTo(brokers, topic, 5_000, security('relay'));
    const reason = `topic ${topic}: TOPIC_AUTHORIZATION_FAILED: `;

    await expect(publisher.probe()).rejects.toThrow(reason);
    const [outcome] = await publisher.publish([outboundMessage(topic)]);

    expect(outcome).toMatchObject({ status: 'unavailable', reason: expect.stringContaining(reason) });
    await grant(...relayAcls(topic));
    await publishUntilSettled(publisher, [outboundMessage(topic)]);
    await publisher.close();
  });

  it.each([
    ['topic', /^TOPIC_AUTHORIZATION_FAILED: .* READ/],
    ['group', /GROUP_AUTHORIZATION_FAILED: .*; this login needs READ on the consumer group/],
  ] as const)(
    'are named while the inventory lacks that on the %s, and it needs no restart',
    async (missing, reason) => {
      const topic = await createTopics();
      const { [missing]: denied, ...others } = inventoryAcls(topic);
      // A login that may describe the topic joins the group, and its first fetch fails.
      await grant(...Object.values(others), acl('inventory', DESCRIBE, TOPIC, topic));
      const { handler, received } = recorder();
      const warn = vi.fn();
      const onFatal = vi.fn();
      const subscription = subscribe(brokers, topic, handler, {
        security: security('inventory'),
        topics: topicsNamed(topic).map((spec) => ({ ...spec, replicationFactor: 1 })),
        logger: { ...silent, warn },
        onFatal,
      });

      await vi.waitFor(() => expect(subscription.notReadyReason()).toMatch(reason), within);
      await vi.waitFor(() => expect(warn).toHaveBeenCalled(), within);
      const [details, text] = warn.mock.calls[0] ?? [];
      expect(text).toBe('no messages arrive from Kafka');
      expect(details.reason).toMatch(reason);

      await grant(denied);
      const publisher = publisherTo(superuser, topic);
      await publishUntilSettled(publisher, [outboundMessage(topic)]);
      await vi.waitFor(() => expect(received).toHaveLength(1), within);
      expect(subscription.notReadyReason()).toBeNull();
      expect(warn).toHaveBeenCalledOnce();
      expect(onFatal).not.toHaveBeenCalled();
      await Promise.all([publisher.close(), subscription.close()]);
    },
  );

  it('are named while dead letters cannot be stored', async () => {
    const topic = await createTopics();
    const { deadLetters, ...others } = inventoryAcls(topic);
    await grant(...Object.values(others));
    const subscription = subscribe(
      brokers,
      topic,
      async (messages) => messages.map((message) => ({ message, reason: 'no order id' })),
      { security: security('inventory') },
    );
    const publisher = publisherTo(superuser, topic);
    await publishUntilSettled(publisher, [outboundMessage(topic)]);

    await vi.waitFor(
      () => expect(subscription.notReadyReason()).toMatch(/1 dead letters wait .*TOPIC_AUTHORIZATION_FAILED/),
      within,
    );
    await grant(deadLetters);
    await vi.waitFor(() => expect(subscription.heldDeadLetters()).toBe(0), within);
    await Promise.all([publisher.close(), subscription.close()]);
  });
});
