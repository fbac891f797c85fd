import { randomUUID } from 'node:crypto';
import { createKafkaClient } from '@lmt/messaging';
import { beforeAll, describe, expect, inject, test } from 'vitest';
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
    const offenders = [{ id: 'partition 1', problem }];
    expect(await lag(atWork, false)).toEqual({ ok: true, open: true, offenders: [], note: problem });
    expect(await lag(atWork, true)).toEqual({ ok: false, open: false, offenders, note: null });
    expect(await lag(atRest, false)).toEqual({ ok: false, open: false, offenders, note: null });
    await commit('2');
    expect(await lag(atWork, false)).toMatchObject({ ok: true, note: 'consumer lag: 1' });
    await commit('3');
    const none = { ok: true, open: false, offenders: [], note: null };
    expect(await lag(atRest, true)).toEqual(none);
    expect(await lag(atWork, false)).toEqual(none);
  });

  test('is zero for a topic that does not exist yet', async () => {
    const system = await createSystem();
    const kafka = { ...settings, topic: `${topic}-not` };
    expect((await verify({ ...system.urls, kafka, settled: true, looks: 1 })).ok).toBe(true);
  });

  test('cannot be read without the broker', async () => {
    const system = await createSystem();
    const kafka = { ...settings, bootstrap: '127.0.0.1:1' };
    await expect(verify({ ...system.urls, kafka })).rejects.toThrow(
      /^Kafka \(127\.0\.0\.1:1\) can't be read: /,
    );
  });
});
