import { describe, expect, inject, it } from 'vitest';
import { describeDelivery } from '../port.contract.js';
import { connectKafka, publisherTo } from './kafka.contract.js';
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
});
