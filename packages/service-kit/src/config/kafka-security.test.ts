import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { createCA } from 'mkcert';
import { expect, it } from 'vitest';
import { parseKafkaSecurity } from './kafka-security.js';

const folder = mkdtempSync(join(tmpdir(), 'kafka-security-'));
function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const pem = { type: 'pkcs8', format: 'pem' } as const;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [ca = ''] = rootCertificates;
const { cert, key } = await createCA({
  organization: 'test',
  countryCode: 'XX',
  state: 'test',
  locality: 'test',
  validity: 2,
});
const files = {
  ca: write('ca.pem', ca),
  cert: write('cert.pem', cert),
  key: write('key.pem', key),
  locked: write(
    'locked.pem',
    String(privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'hush' })),
  ),
  otherKey: write('other-key.pem', String(privateKey.export(pem))),
  password: write('password', 'hush\n'),
  empty: write('empty', '\n'),
};
const LOGIN = {
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USERNAME: 'relay',
  KAFKA_SASL_PASSWORD: 'hush',
};

it('uses neither TLS nor SASL by default', () => {
  expect(parseKafkaSecurity({ KAFKA_SSL_CA_FILE: ' ' })).toEqual({});
});

it.each([
  ['SSL', {}, { tls: {} }],
  ['SSL', { KAFKA_SSL_CA_FILE: files.ca }, { tls: { ca } }],
  ['SSL', { KAFKA_SSL_CERT_FILE: files.cert, KAFKA_SSL_KEY_FILE: files.key }, { tls: { cert, key } }],
  [
    'SASL_SSL',
    { ...LOGIN, KAFKA_SSL_CA_FILE: files.ca },
    { tls: { ca }, sasl: { mechanism: 'scram-sha-512', username: 'relay', password: 'hush' } },
  ],
  [
    'SASL_PLAINTEXT',
    {
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: 'relay',
      KAFKA_SASL_PASSWORD_FILE: files.password,
    },
    { sasl: { mechanism: 'plain', username: 'relay', password: 'hush' } },
  ],
])('reads %s with %j', (protocol, env, expected) => {
  expect(parseKafkaSecurity({ KAFKA_SECURITY_PROTOCOL: protocol, ...env })).toEqual(expected);
});

const missing = join(folder, 'missing.pem');

it.each([
  [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, /KAFKA_SECURITY_PROTOCOL is wrong: "TLS", expected one of PLAINTEXT/],
  [{ KAFKA_SSL_CA_FILE: files.ca }, /KAFKA_SECURITY_PROTOCOL is not set: expected SSL or SASL_SSL, because/],
  [LOGIN, /KAFKA_SECURITY_PROTOCOL is not set: expected SASL_SSL or SASL_PLAINTEXT, because/],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_FILE: missing },
    /KAFKA_SSL_CA_FILE is wrong: expected a file with CA certificates in PEM: it cannot be read \(ENOENT\)/,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_FILE: files.password },
    /KAFKA_SSL_CA_FILE is wrong: expected a file with CA certificates in PEM: /,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT_FILE: files.cert, KAFKA_SSL_KEY_FILE: files.locked },
    /KAFKA_SSL_KEY_FILE is wrong: expected a file with a private key in PEM without a passphrase: /,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT_FILE: files.cert },
    /KAFKA_SSL_KEY_FILE is not set: expected both/,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERT_FILE: files.cert, KAFKA_SSL_KEY_FILE: files.otherKey },
    /KAFKA_SSL_KEY_FILE is wrong: expected the private key of the certificate in KAFKA_SSL_CERT_FILE/,
  ],
  [
    {
      ...LOGIN,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_PASSWORD: ' ',
      KAFKA_SASL_PASSWORD_FILE: files.empty,
    },
    /KAFKA_SASL_PASSWORD_FILE is wrong: expected a file with the password: it is empty/,
  ],
  [
    {
      ...LOGIN,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_PASSWORD: '',
      KAFKA_SASL_PASSWORD_FILE: 'hush',
    },
    /KAFKA_SASL_PASSWORD_FILE is wrong: expected a file with the password: it cannot be read/,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
    /KAFKA_SASL_MECHANISM is not set: .*\n.*KAFKA_SASL_USERNAME is not set: .*\n.*KAFKA_SASL_PASSWORD is not set: /,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...LOGIN, KAFKA_SASL_PASSWORD_FILE: files.password },
    /KAFKA_SASL_PASSWORD is wrong: expected either/,
  ],
  [
    { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...LOGIN, KAFKA_SASL_MECHANISM: 'GSSAPI' },
    /KAFKA_SASL_MECHANISM is wrong: expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512/,
  ],
])('refuses %j', (env, message) => {
  expect(() => parseKafkaSecurity(env)).toThrow(message);
  expect(() => parseKafkaSecurity(env)).not.toThrow(/hush/);
});
