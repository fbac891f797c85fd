import { expect, it } from 'vitest';
import { classifyError } from './classify-error.js';

const connectionError = (code: string, message = 'Connection error: x') =>
  Object.assign(new Error(message), { name: 'KafkaJSConnectionError', code });
const protocolError = (type: string) =>
  Object.assign(new Error('not allowed'), { name: 'KafkaJSProtocolError', type });
const saslError = (message: string) =>
  Object.assign(new Error(message), { name: 'KafkaJSSASLAuthenticationError' });

it.each([
  [connectionError('SELF_SIGNED_CERT_IN_CHAIN'), /unknown CA .*KAFKA_SSL_CA_FILE$/],
  [connectionError('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /unknown CA .*KAFKA_SSL_CA_FILE$/],
  [
    connectionError(
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'Connection error: 802C:error:0A000412:SSL routines:ssl3_read_bytes:../deps/x.c:1601:SSL alert number 42\n',
    ),
    /^the broker rejects the TLS handshake \(BAD_CERTIFICATE\); check KAFKA_SSL_CERT_FILE/,
  ],
  [connectionError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), /CERTIFICATE_REQUIRED/],
  [connectionError('ERR_SSL_WRONG_VERSION_NUMBER'), /KAFKA_SECURITY_PROTOCOL/],
  [
    connectionError('ECONNRESET', 'Client network socket disconnected before secure TLS connection was x'),
    /KAFKA_SECURITY_PROTOCOL/,
  ],
  [saslError('SASL PLAIN authentication failed'), /^SASL PLAIN authentication failed; check KAFKA_SASL_USER/],
  [saslError('SASL SCRAM SHA512 authentication failed: Request timed out'), /timed out$/],
  [
    Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' }),
    /^Closed connection; if this persists, check that KAFKA_SECURITY_PROTOCOL/,
  ],
])('explains %s', (error, reason) => {
  expect(classifyError(error)).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(reason) });
});

it.each([
  [
    'TOPIC_AUTHORIZATION_FAILED',
    'blocked',
    /^topic order-events: TOPIC_AUTHORIZATION_FAILED: .* WRITE .* READ/,
  ],
  ['GROUP_AUTHORIZATION_FAILED', 'blocked', /needs READ on the consumer group$/],
  ['CLUSTER_AUTHORIZATION_FAILED', 'unavailable', /permission on the cluster$/],
  ['ILLEGAL_SASL_STATE', 'unavailable', /uses no SASL/],
])('names the permission for %s', (type, kind, reason) => {
  const error = Object.assign(new Error('topic', { cause: protocolError(type) }), { topic: 'order-events' });
  expect(classifyError(error)).toMatchObject({ kind, reason: expect.stringMatching(reason), isDenied: true });
});

it.each([protocolError('NOT_ENOUGH_REPLICAS'), connectionError('ECONNREFUSED'), new TypeError('x')])(
  'does not take %s for a rejected login',
  (error) => {
    expect(classifyError(error).isDenied).toBe(false);
  },
);
