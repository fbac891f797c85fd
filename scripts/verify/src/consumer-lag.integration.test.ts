import { randomUUID } from 'node:crypto';
import { createKafkaClient } from '@lmt/messaging';
import { beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { readConsumerLag } from './consumer-lag.js';
import { type System, useSystems } from './system.fixture.js';
import { verify } from './verify.js';

const createSystem = useSystems();

const bootstrap = inject('kafkaBootstrap');

describe.skipIf(bootstrap === null)('the consumer lag', () => {
  const topicPrefix = `verify-${randomUUID()}.`;
  const topic = `${topicPrefix}order-events`;
  const groupId = `${topic}-group`;
  const settings = { bootstrap, topicPrefix, groupId };
  const { kafka } = createKafkaClient({ clientId: 'verify-test', brokers: [bootstrap ?? ''] });

  beforeAll(async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await admin.disconnect();
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: ['a', 'b', 'c'].map((value) => ({ partition: 1, value })) });
    await producer.disconnect();
  });

  /** Names of Kafka's protocol, which are numbers there. */
  const DESCRIBE = 8;
  const ALLOW = 3;
  const LITERAL = 3;
  const TOPIC = 2;
  const GROUP = 3;

  async function allowDescribe(login: string) {
    const admin = kafka.admin();
    await admin.connect();
    const acl = {
      principal: `User:${login}`,
      host: '*',
      operation: DESCRIBE,
      permissionType: ALLOW,
    } as const;
    await admin.createAcls({
      acl: [
        { ...acl, resourceType: TOPIC, resourceName: topic, resourcePatternType: LITERAL },
        { ...acl, resourceType: GROUP, resourceName: groupId, resourcePatternType: LITERAL },
      ],
    });
    await admin.disconnect();
  }

  // Commits with a consumer, because admin.setOffsets() waits five seconds for its first fetch.
  async function commit(offset: string) {
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    await joined;
    await consumer.commitOffsets([{ topic, partition: 1, offset }]);
    await consumer.disconnect();
  }

  test('is allowed while messages are unfinished, but not at rest', async () => {
    const atRest = await createSystem();
    const atWork = await createSystem();
    await atWork.place();
    const lag = async (system: System, settled: boolean) => {
      const options = { ...system.urls, kafka: settings, looks: 2, secondsApart: 0 };
      const { checks } = await verify({ ...options, settled });
      const { ok, open, offenders, note } = checks.find(({ id }) => id === 'I11') ?? {};
      return { ok, open, offenders, note };
    };
    const problem = 'consumer lag: 3';
    const unfinished = 'cannot be checked while anything is unfinished';
    const offenders = [{ id: 'partition 1', problem }];
    expect(await lag(atWork, false)).toEqual({ ok: true, open: unfinished, offenders: [], note: problem });
    expect(await lag(atWork, true)).toEqual({ ok: false, open: null, offenders, note: null });
    expect(await lag(atRest, false)).toEqual({ ok: false, open: null, offenders, note: null });
    await commit('2');
    expect(await lag(atWork, false)).toMatchObject({ ok: true, note: 'consumer lag: 1' });
    await commit('3');
    const none = { ok: true, open: null, offenders: [], note: null };
    expect(await lag(atRest, true)).toEqual(none);
    expect(await lag(atWork, false)).toEqual(none);
  });

  test('is read with the permission to describe the topic and the group', async () => {
    const secured = inject('securedKafka');
    if (secured === null) return;
    const { saslBootstrap, ca, logins } = secured;
    const sasl = { mechanism: 'scram-sha-256', username: 'verify', password: logins.verify } as const;
    const kafka = { ...settings, bootstrap: saslBootstrap, security: { tls: { ca }, sasl } };
    await expect(readConsumerLag(kafka)).rejects.toThrow(/TOPIC_AUTHORIZATION_FAILED/);
    await allowDescribe('verify');
    await vi.waitFor(async () => expect(await readConsumerLag(kafka)).toHaveLength(2), { timeout: 30_000 });
    const wrong = { ...kafka, security: { tls: { ca }, sasl: { ...sasl, password: 'hush' } } };
    await expect(readConsumerLag(wrong)).rejects.toThrow(
      /SASL SCRAM SHA256 .* failed: .*KAFKA_SASL_USERNAME/,
    );
  });

  test('is zero for a topic that does not exist yet', async () => {
    const system = await createSystem();
    const kafka = { ...settings, topicPrefix: `not-${topicPrefix}` };
    expect((await verify({ ...system.urls, kafka, settled: true, looks: 1 })).ok).toBe(true);
  });

  test('is skipped with a reason without the broker, and the databases are checked', async () => {
    const system = await createSystem();
    const options = { ...system.urls, kafka: { ...settings, bootstrap: '127.0.0.1:1' }, looks: 1 };
    const skipped = /^the consumer lag was not checked: Kafka \(127\.0\.0\.1:1\) can't be read: /;
    const { ok, checks } = await verify(options);
    expect([ok, checks.length]).toEqual([true, 11]);
    expect(checks.find(({ id }) => id === 'I11')?.open).toMatch(skipped);
    expect(checks.filter(({ open }) => open !== null)).toHaveLength(1);
    const settled = await verify({ ...options, settled: true });
    expect(settled.checks.filter((check) => !check.ok)).toMatchObject([
      { id: 'I11', offenders: [{ id: 'Kafka', problem: expect.stringMatching(skipped) }] },
    ]);
  });

  test('shared-cluster: reports messages that another stack consumed, once the topic is read to its end', async () => {
    const system = await createSystem();
    const { messageId } = await system.place();
    await system.publish(messageId);
    const readNote = async () => {
      const { checks } = await verify({ ...system.urls, kafka: settings, looks: 1 });
      return checks.find(({ id }) => id === 'I11')?.note;
    };
    expect(await readNote()).toBeNull();
    await system.order.query(`UPDATE outbox_messages SET published_at = now() - interval '2 minutes'`);
    expect(await readNote()).toMatch(/^1 messages without an inbox row, .* another stack shares this Kafka/);
    await system.order.query(`UPDATE outbox_messages
      SET history = jsonb_build_array(jsonb_build_object('at', now(), 'event', 'republished', 'attempt', 2))`);
    expect(await readNote()).toBeNull();
  });

  test('shared-cluster: reports effects of the orders of another stack', async () => {
    const [own, other] = [await createSystem(), await createSystem()];
    const ids = await other.place();
    await own.deduct(ids, 'SUCCEEDED');
    const { checks } = await verify({ ...own.urls, looks: 2, secondsApart: 0 });
    const effects = checks.find(({ id }) => id === 'I7');
    expect(effects?.offenders.map(({ id }) => id)).toContain(ids.id);
    expect(effects?.note).toMatch(/another stack shares this Kafka/);
  });
});
