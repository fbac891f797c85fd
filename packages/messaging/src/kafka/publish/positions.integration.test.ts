import { describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../../port.fixture.js';
import { connectKafka, publisherTo } from '../kafka.contract.js';

describe.skipIf(inject('kafkaBootstrap') === null)('the position of an acknowledged message', () => {
  const brokers = [inject('kafkaBootstrap') ?? ''];

  it('is where a consumer finds it, with several partitions, requests and producers', async () => {
    const { received, handler } = recorder();
    const connected = await connectKafka(brokers, handler);
    const { topic } = connected;
    const other = publisherTo(brokers, topic);
    // 3 MB, so that a call takes several requests.
    const messages = (keys: string) =>
      Array.from({ length: 300 }, (_, at) =>
        outboundMessage(topic, { key: `${keys}-${at % 40}`, body: JSON.stringify('x'.repeat(10_000)) }),
      );
    const [mine, theirs, later] = [messages('mine'), messages('theirs'), messages('later')];

    const outcomes = await Promise.all([
      publishUntilSettled(connected.publisher, mine),
      publishUntilSettled(other, theirs),
    ]);
    const all = [...outcomes.flat(), ...(await publishUntilSettled(connected.publisher, later))];

    await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(900), {
      timeout: 30_000,
      interval: 20,
    });
    const found = new Map(received.map(({ id, position }) => [id, position]));
    const expected = [...mine, ...theirs, ...later].map(({ id }) => found.get(id));
    expect(all.map((outcome) => ('position' in outcome ? outcome.position : outcome.status))).toEqual(
      expected,
    );
    expect(new Set(expected.map((position) => position?.split('@')[0])).size).toBe(6);
    await Promise.all([connected.close(), other.close()]);
  });
});
