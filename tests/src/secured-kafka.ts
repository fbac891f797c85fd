// The listeners with TLS and SASL of the integration tests' Kafka.
import { createPrivateKey } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaSecurityOptions } from '@lmt/stack';
import { createCA, createCert } from 'mkcert';

/** How the tests connect to the listeners. */
export interface SecuredKafka {
  /** SASL_SSL with PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly saslBootstrap: string;
  /** SSL. Requires a client certificate. */
  readonly tlsBootstrap: string;
  /** PEM. */
  readonly ca: string;
  /** PEM, of the login `CN=127.0.0.1`, which may do everything. */
  readonly client: { readonly cert: string; readonly key: string };
  /** Passwords by login. `admin` may do everything, the others need the permissions of a test. */
  readonly logins: Readonly<Record<Login, string>>;
}

const LOGINS = ['admin', 'relay', 'inventory', 'verify'] as const;
type Login = (typeof LOGINS)[number];

const SASL = 'SASL';
const MUTUAL_TLS = 'TLS';

/** Creates the certificates, the configurations of the broker and of the clients. */
export async function secureKafka(folder: string, [saslPort, tlsPort]: readonly [number, number]) {
  await mkdir(folder, { recursive: true });
  const ca = await createCA({
    organization: 'lmt tests',
    countryCode: 'XX',
    state: 'test',
    locality: 'test',
    validity: 2,
  });
  const { cert, key } = await createCert({ ca, domains: ['127.0.0.1', 'localhost'], validity: 2 });
  const keystore = join(folder, 'broker.pem');
  const truststore = join(folder, 'ca.pem');
  // Kafka reads keys in PKCS #8 only.
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' });
  await writeFile(keystore, `${pkcs8}${cert}`);
  await writeFile(truststore, ca.cert);
  const logins = {
    admin: 'admin-secret',
    relay: 'relay-secret',
    inventory: 'inventory-secret',
    verify: 'verify-secret',
  };

  const security: KafkaSecurityOptions = {
    listeners: [
      { name: SASL, port: saslPort, protocol: 'SASL_SSL' },
      { name: MUTUAL_TLS, port: tlsPort, protocol: 'SSL' },
    ],
    properties: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': keystore,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': truststore,
      'listener.name.tls.ssl.client.auth': 'required',
      'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'listener.name.sasl.plain.sasl.jaas.config': formatPlainLogins(logins),
      ...Object.fromEntries(
        ['scram-sha-256', 'scram-sha-512'].map((mechanism) => [
          `listener.name.sasl.${mechanism}.sasl.jaas.config`,
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        ]),
      ),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      // Clients of the listener without TLS and SASL are ANONYMOUS.
      'super.users': 'User:ANONYMOUS;User:admin;User:CN=127.0.0.1',
    },
    formatArguments: Object.entries(logins).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${name},password=${password}]`,
      ]),
    ),
  };
  const secured: SecuredKafka = {
    saslBootstrap: `127.0.0.1:${saslPort}`,
    tlsBootstrap: `127.0.0.1:${tlsPort}`,
    ca: ca.cert,
    client: { cert, key },
    logins,
  };
  return { security, secured };
}

const formatPlainLogins = (logins: Readonly<Record<string, string>>) =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required ${Object.entries(logins)
    .map(([name, password]) => `user_${name}="${password}"`)
    .join(' ')};`;
