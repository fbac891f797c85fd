import { describe, expect, inject, it, vi } from 'vitest';
import { describeDelivery } from '../port.contract.js';
import { outboundMessage } from '../port.fixture.js';
import { connectKafka, publisherTo, subscribe } from './kafka.contract.js';
import type { KafkaSecurity } from './security.js';

const secured = inject('securedKafka');

describe.skipIf(secured === null)('on listeners with TLS and SASL', () => {
  if (secured === null) return;
  const { ca, client, logins } = secured;
  const sasl = [secured.saslBootstrap];
  const login = (
    mechanism: NonNullable<KafkaSecurity['sasl']>['mechanism'],
    username: keyof typeof logins,
  ): KafkaSecurity => ({ tls: { ca }, sasl: { mechanism, username, password: logins[username] } });

  describeDelivery('Kafka with SASL_SSL', (handler) =>
    connectKafka(sasl, handler, 5_000, login('scram-sha-512', 'admin')),
  );

  it.each([
    ['PLAIN', sasl, login('plain', 'admin')],
    ['SCRAM-SHA-256', sasl, login('scram-sha-256', 'admin')],
    ['SCRAM-SHA-512', sasl, login('scram-sha-512', 'admin')],
    ['a client certificate', [secured.tlsBootstrap], { tls: { ca, ...client } }],
  ])('signs in with %s', async (_, brokers, security) => {
    const publisher = publisherTo(brokers, 'secured', 5_000, security);
    await expect(publisher.probe()).resolves.toBeUndefined();
    await publisher.close();
  });

  const plain = [inject('kafkaBootstrap') ?? ''];
  const wrongPassword = (mechanism: 'plain' | 'scram-sha-256'): KafkaSecurity => ({
    tls: { ca },
    sasl: { mechanism, username: 'admin', password: 'hush' },
  });

  it.each<[string, string[], KafkaSecurity, RegExp]>([
    ['an unknown CA', sasl, { ...login('plain', 'admin'), tls: {} }, /unknown CA .*KAFKA_SSL_CA_FILE/],
    [
      'a wrong password (PLAIN)',
      sasl,
      wrongPassword('plain'),
      /^SASL PLAIN authentication failed: .*USERNAME/,
    ],
    [
      'a wrong password (SCRAM)',
      sasl,
      wrongPassword('scram-sha-256'),
      /^SASL SCRAM SHA256 .* failed: .*USERNAME/,
    ],
    ['no SASL', sasl, { tls: { ca } }, /KAFKA_SECURITY_PROTOCOL/],
    ['no TLS', sasl, {}, /KAFKA_SECURITY_PROTOCOL/],
    ['TLS on a listener without it', plain, login('plain', 'admin'), /KAFKA_SECURITY_PROTOCOL/],
    [
      'SASL on a listener without it',
      [secured.tlsBootstrap],
      { ...login('plain', 'admin'), tls: { ca, ...client } },
      /KAFKA_SECURITY_PROTOCOL/,
    ],
    ['no client certificate', [secured.tlsBootstrap], { tls: { ca } }, /KAFKA_SSL_CERT_FILE/],
  ])('names %s in one line', async (_, brokers, security, line) => {
    const publisher = publisherTo(brokers, 'secured', 5_000, security);
    const subscription = subscribe(brokers, 'secured', async () => [], { security });

    const probe = await publisher.probe().catch((error: Error) => error.message);
    const [outcome] = await publisher.publish([outboundMessage('secured')]);
    const prefix = `Kafka at ${brokers}: `;
    expect(probe).toContain(prefix);
    expect(String(probe).slice(prefix.length)).toMatch(line);
    expect(outcome).toMatchObject({ status: 'unavailable', reason: expect.stringMatching(line) });
    await vi.waitFor(
      () => expect(subscription.notReadyReason()).toContain('not in its consumer group yet: '),
      {
        timeout: 10_000,
        interval: 20,
      },
    );

    const notReady = subscription.notReadyReason() ?? '';
    expect(notReady.replace('not in its consumer group yet: ', '')).toMatch(line);
    expect(`${probe}${notReady}`).not.toMatch(/\n|hush/);
    await Promise.all([publisher.close(), subscription.close()]);
  });
});
