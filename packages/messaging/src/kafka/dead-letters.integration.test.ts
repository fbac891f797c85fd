import { describe, expect, inject, it } from 'vitest';
import { committedRecords, connectKafka, rawKafka, readTopic } from './kafka.contract.js';

describe.skipIf(inject('kafkaBootstrap') === null)('dead letters', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];

  it('parks a dead letter unchanged, with its reason and origin', async () => {
    const connected = await connectKafka(brokers, async (messages) =>
      messages.map((message) => ({ message, reason: 'no order id' })),
    );
    const producer = rawKafka(brokers).producer();
    await producer.connect();
    const value = Buffer.from([0xff, 0x00, 0x7b]);
    await producer.send({
      topic: connected.topic,
      messages: [{ key: 'k', value, partition: 4, headers: { ce_id: '1' } }],
    });

    const [parked] = await readTopic(brokers, `${connected.topic}.dlq`, 1);

    expect(parked?.value).toEqual(value);
    expect(String(parked?.key)).toBe('k');
    const headers = Object.entries(parked?.headers ?? {}).map(([name, text]) => [name, String(text)]);
    expect(Object.fromEntries(headers)).toEqual({
      ce_id: '1',
      dlq_reason: 'no order id',
      dlq_topic: connected.topic,
      dlq_partition: '4',
      dlq_offset: '0',
    });
    await producer.disconnect();
    await connected.close();
  });

  it('parks a truncated dead letter when the added headers make it too large', async () => {
    const connected = await connectKafka(brokers, async (messages) =>
      messages.map((message) => ({ message, reason: 'x'.repeat(500) })),
    );
    const producer = rawKafka(brokers).producer();
    await producer.connect();
    const limit = 1_048_588;
    await producer.send({ topic: connected.topic, messages: [{ key: 'k', value: 'v'.repeat(limit - 90) }] });

    const [parked] = await readTopic(brokers, `${connected.topic}.dlq`, 1);

    expect(parked?.value?.length).toBe(100_000);
    expect(String(parked?.headers?.dlq_truncated_from)).toBe(String(limit - 90));
    await producer.disconnect();
    await connected.close();
  });

  it.each([
    ['headers', { key: 'k', value: 'v', headers: { pad: 'x'.repeat(1_048_000) } }],
    ['key', { key: 'x'.repeat(1_048_000), value: 'v' }],
  ])('parks a record that is too large because of its %s, and continues', async (_, record) => {
    const connected = await connectKafka(brokers, async (messages) =>
      messages.map((message) => ({ message, reason: 'x'.repeat(1000) })),
    );
    const { topic } = connected;
    const producer = rawKafka(brokers).producer();
    await producer.connect();
    for (const one of [record, { key: 'k', value: 'after' }]) {
      await producer.send({ topic, messages: [{ ...one, partition: 0 }] });
    }

    const parked = await readTopic(brokers, `${topic}.dlq`, 2);

    expect(parked.map(({ value }) => String(value))).toEqual(['v', 'after']);
    expect(String(parked[0]?.headers?.dlq_offset)).toBe('0');
    expect(parked[0]?.headers).toHaveProperty('dlq_truncated_from');
    await producer.disconnect();
    await connected.close();
    expect(await committedRecords(brokers, `${topic}-group`, topic)).toBe(2);
  });
});
