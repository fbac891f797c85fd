import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafka, freePorts } from '@lmt/stack';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../port.fixture.js';
import type { OutboundMessage, PublishOutcome } from '../port.js';
import { publisherTo, rawKafka, silent, storedRecords, subscribe } from './kafka.contract.js';
import { createKafkaPublisher } from './publish/publisher.js';

const within = { timeout: 60_000, interval: 200 };

/**
 * Two brokers. The topics have one replica, so a broker that is killed leaves partitions without a
 * leader.
 */
describe.skipIf(inject('kafkaBootstrap') === null)('with a partition without a leader', () => {
  let folder = '';
  let first: ReturnType<typeof createKafka>;
  let second: ReturnType<typeof createKafka>;
  const brokers = () => [first.bootstrap, second.bootstrap];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lmt-leaderless-'));
    const [port = 0, controllerPort = 0, secondPort = 0] = await freePorts(3);
    const cluster = { controllerPort, brokers: 2 };
    first = createKafka({ ...cluster, folder: join(folder, '1'), port });
    second = createKafka({
      ...cluster,
      folder: join(folder, '2'),
      port: secondPort,
      joins: { nodeId: 2, folder: join(folder, '1') },
    });
    await first.start();
    await second.start();
    const admin = rawKafka([first.bootstrap]).admin();
    await admin.connect();
    await vi.waitFor(async () => expect((await admin.describeCluster()).brokers).toHaveLength(2), within);
    await admin.createTopics({
      topics: [
        {
          topic: 'half',
          replicaAssignment: [1, 2, 1, 1, 1, 1].map((id, partition) => ({ partition, replicas: [id] })),
        },
        { topic: 'half.dlq', replicaAssignment: [{ partition: 0, replicas: [2] }] },
        {
          topic: 'pair',
          replicaAssignment: [{ partition: 0, replicas: [1, 2] }],
          configEntries: [{ name: 'min.insync.replicas', value: '2' }],
        },
      ],
    });
    await admin.disconnect();
  });

  afterAll(async () => {
    await second?.stop();
    await first?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const some = (count = 30) =>
    Array.from({ length: count }, () => {
      const message = outboundMessage('half');
      return { ...message, key: message.id };
    });
  const pick = (messages: readonly OutboundMessage[], outcomes: readonly PublishOutcome[], status: string) =>
    messages.filter((_, at) => outcomes[at]?.status === status);

  it('leaderless: other partitions are published and consumed, by running and by new processes', async () => {
    const running = recorder();
    const publisher = publisherTo(brokers(), 'half');
    const subscription = subscribe(brokers(), 'half', running.handler);
    const before = some();
    await publishUntilSettled(publisher, before);
    await vi.waitFor(() => expect(running.ids()).toHaveLength(before.length), within);

    await second.kill();
    let messages: OutboundMessage[] = [];
    let outcomes: PublishOutcome[] = [];
    await vi.waitFor(async () => {
      messages = some();
      outcomes = await publisher.publish(messages);
      expect(pick(messages, outcomes, 'acknowledged').length).toBeGreaterThan(0);
      expect(outcomes).toContainEqual({
        status: 'unavailable',
        destinationOnly: true,
        reason: 'partition half/1 has no leader',
      });
    }, within);
    await expect(publisher.probe()).resolves.toBeUndefined();
    const delivered = pick(messages, outcomes, 'acknowledged').map(({ id }) => id);
    expect(delivered).toHaveLength(messages.length - pick(messages, outcomes, 'unavailable').length);
    await vi.waitFor(() => expect(running.ids()).toEqual(expect.arrayContaining(delivered)), within);

    // A relay and a consumer start during the outage.
    const late = recorder();
    const newPublisher = publisherTo(brokers(), 'half');
    const newSubscription = subscribe(brokers(), 'half', late.handler, { groupId: 'late' });
    const more = some();
    const moreOutcomes = await newPublisher.publish(more);
    const moreDelivered = pick(more, moreOutcomes, 'acknowledged').map(({ id }) => id);
    expect(moreDelivered.length).toBeGreaterThan(0);
    expect(new Set(moreOutcomes.map(({ status }) => status))).toEqual(
      new Set(['acknowledged', 'unavailable']),
    );
    await vi.waitFor(() => expect(late.ids()).toEqual(expect.arrayContaining(moreDelivered)), within);

    // One topic has too few replicas. The other topic works.
    const both = createKafkaPublisher({
      brokers: brokers(),
      clientId: 'test-publisher',
      source: '/test',
      topics: [
        { topic: 'pair', partitions: 1 },
        { topic: 'single', partitions: 1, replicationFactor: 1 },
      ],
      timeoutMs: 5_000,
      logger: silent,
    });
    for (let call = 1; call <= 3; call += 1) {
      const [pair, single] = await both.publish([outboundMessage('pair'), outboundMessage('single')]);
      expect(single?.status).toBe('acknowledged');
      expect(pair).toMatchObject({
        status: 'unavailable',
        destinationOnly: true,
        reason: expect.stringMatching(/^pair\/0: NOT_ENOUGH_REPLICAS.*min\.insync\.replicas/),
      });
    }
    // Only the call that detects the fault sends healthy records twice.
    expect(await storedRecords([first.bootstrap], 'single')).toBeLessThanOrEqual(4);

    await second.start();
    const [afterwards] = await publishUntilSettled(both, [outboundMessage('pair')]);
    expect(afterwards?.status).toBe('acknowledged');
    await both.close();
    const waiting = [...pick(messages, outcomes, 'unavailable'), ...pick(more, moreOutcomes, 'unavailable')];
    const settled = await publishUntilSettled(publisher, waiting);
    expect(settled.every(({ status }) => status === 'acknowledged')).toBe(true);
    await Promise.all([
      subscription.close(),
      newSubscription.close(),
      publisher.close(),
      newPublisher.close(),
    ]);
  }, 180_000);
});
