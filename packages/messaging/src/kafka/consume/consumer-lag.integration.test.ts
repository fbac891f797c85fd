import { describe, expect, inject, it, vi } from 'vitest';
import { outboundMessage, publishUntilSettled, recorder } from '../../port.fixture.js';
import { connectKafka } from '../kafka.contract.js';

const within = { timeout: 30_000, interval: 20 };

const secured = inject('securedKafka');

describe.skipIf(secured === null)('the consumer lag', () => {
  if (secured === null) return;
  const { ca, logins, saslBootstrap } = secured;
  const sasl = { mechanism: 'scram-sha-512', username: 'admin', password: logins.admin } as const;

  it('grows by partition while batches fail, and falls to 0 once they succeed', async () => {
    const { handler } = recorder();
    let databaseIsUp = false;
    const { topic, publisher, subscription, close } = await connectKafka(
      [saslBootstrap],
      async (messages) => {
        if (databaseIsUp) return handler(messages);
        throw new Error('the database is down');
      },
      5_000,
      { tls: { ca }, sasl },
    );
    const readLag = async () => [...((await subscription.readLag()) ?? [])];
    const total = async () => (await readLag()).reduce((sum, [, records]) => sum + records, 0);
    expect(await total()).toBe(0);

    await publishUntilSettled(
      publisher,
      Array.from({ length: 20 }, () => outboundMessage(topic, { key: 'one' })),
    );
    expect((await readLag()).map(([, records]) => records).sort()).toEqual([0, 0, 0, 0, 0, 20]);

    databaseIsUp = true;
    await vi.waitFor(async () => expect(await readLag()).toHaveLength(6), within);
    await vi.waitFor(async () => expect(await total()).toBe(0), within);
    await close();
    expect(await subscription.readLag()).toBeNull();
  });
});
