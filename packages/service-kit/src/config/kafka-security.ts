import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseConfig } from './parse-config.js';
import { choice } from './setting.js';

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** The error does not quote the path, because the setting may have the secret itself by mistake. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The path of a file. The start fails if the file cannot be read or `parse` rejects its text. */
const file = (content: string, parse: (text: string) => unknown = () => {}) =>
  z
    .string()
    .superRefine((path, context) => {
      try {
        parse(read(path));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: 'custom', message: `expected a file with ${content}: ${reason}` });
      }
    })
    .optional();

const certificate = (text: string) => new X509Certificate(text);
function requireText(text: string): void {
  if (text.trim() === '') throw new Error('it is empty');
}

/** Settings of TLS and SASL, by Kafka's own names. Files are PEM. */
export const kafkaSecuritySettings = {
  KAFKA_SECURITY_PROTOCOL: choice(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], 'PLAINTEXT'),
  KAFKA_SSL_CA_FILE: file('CA certificates in PEM', certificate),
  KAFKA_SSL_CERT_FILE: file('a certificate in PEM', certificate),
  KAFKA_SSL_KEY_FILE: file('a private key in PEM without a passphrase', createPrivateKey),
  KAFKA_SASL_MECHANISM: z
    .enum(MECHANISMS, { error: `expected one of ${MECHANISMS.join(', ')}, as the listener offers` })
    .optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_SASL_PASSWORD_FILE: file('the password', requireText),
};

const settings = z.object(kafkaSecuritySettings);
export type KafkaSecuritySettings = z.output<typeof settings>;

const usesTls = (s: KafkaSecuritySettings) => s.KAFKA_SECURITY_PROTOCOL.endsWith('SSL');
const usesSasl = (s: KafkaSecuritySettings) => s.KAFKA_SECURITY_PROTOCOL.startsWith('SASL_');
const countSet = (...values: readonly (string | undefined)[]) =>
  values.filter((value) => value !== undefined).length;

/** `when` makes zod report the rule together with other errors. */
const rule = (
  name: keyof KafkaSecuritySettings,
  error: string,
  isMet: (settings: KafkaSecuritySettings) => boolean,
) => z.refine<KafkaSecuritySettings>(isMet, { path: [name], error, when: () => true });

/** Also true for an unreadable file, which has its own error. */
function isPair(cert: string, key: string): boolean {
  try {
    return certificate(read(cert)).checkPrivateKey(createPrivateKey(read(key)));
  } catch {
    return true;
  }
}

/** zod checks. A setting without effect is an error, because the operator relies on it. */
export const consistentKafkaSecurity = [
  rule(
    'KAFKA_SECURITY_PROTOCOL',
    'expected SSL or SASL_SSL, because a KAFKA_SSL_ setting is set',
    (s) => usesTls(s) || countSet(s.KAFKA_SSL_CA_FILE, s.KAFKA_SSL_CERT_FILE, s.KAFKA_SSL_KEY_FILE) === 0,
  ),
  rule(
    'KAFKA_SECURITY_PROTOCOL',
    'expected SASL_SSL or SASL_PLAINTEXT, because a KAFKA_SASL_ setting is set',
    (s) =>
      usesSasl(s) ||
      countSet(
        s.KAFKA_SASL_MECHANISM,
        s.KAFKA_SASL_USERNAME,
        s.KAFKA_SASL_PASSWORD,
        s.KAFKA_SASL_PASSWORD_FILE,
      ) === 0,
  ),
  rule(
    'KAFKA_SSL_KEY_FILE',
    'expected both KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE, or neither',
    (s) => countSet(s.KAFKA_SSL_CERT_FILE, s.KAFKA_SSL_KEY_FILE) !== 1,
  ),
  rule(
    'KAFKA_SSL_KEY_FILE',
    'expected the private key of the certificate in KAFKA_SSL_CERT_FILE',
    ({ KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY_FILE: key }) => !cert || !key || isPair(cert, key),
  ),
  rule(
    'KAFKA_SASL_MECHANISM',
    `expected one of ${MECHANISMS.join(', ')}, as the listener offers`,
    (s) => !usesSasl(s) || s.KAFKA_SASL_MECHANISM !== undefined,
  ),
  rule(
    'KAFKA_SASL_USERNAME',
    'expected the name of the login',
    (s) => !usesSasl(s) || s.KAFKA_SASL_USERNAME !== undefined,
  ),
  rule(
    'KAFKA_SASL_PASSWORD',
    'expected either KAFKA_SASL_PASSWORD or KAFKA_SASL_PASSWORD_FILE',
    (s) => !usesSasl(s) || countSet(s.KAFKA_SASL_PASSWORD, s.KAFKA_SASL_PASSWORD_FILE) === 1,
  ),
] as const;

/** The names that kafkajs has for the mechanisms. */
const KAFKAJS_MECHANISMS = {
  PLAIN: 'plain',
  'SCRAM-SHA-256': 'scram-sha-256',
  'SCRAM-SHA-512': 'scram-sha-512',
} as const;

/** Reads the files. Returns the connection options of a Kafka client. */
export function readKafkaSecurity(s: KafkaSecuritySettings) {
  const { KAFKA_SSL_CA_FILE: ca, KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY_FILE: key } = s;
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD_FILE } = s;
  const password = KAFKA_SASL_PASSWORD_FILE ? read(KAFKA_SASL_PASSWORD_FILE).trim() : s.KAFKA_SASL_PASSWORD;
  return {
    ...(usesTls(s) && {
      tls: { ...(ca && { ca: read(ca) }), ...(cert && key && { cert: read(cert), key: read(key) }) },
    }),
    ...(usesSasl(s) &&
      mechanism &&
      username &&
      password && { sasl: { mechanism: KAFKAJS_MECHANISMS[mechanism], username, password } }),
  };
}

/**
 * Reads the settings of a command, which needs no others.
 *
 * @throws ConfigError
 */
export const parseKafkaSecurity = (env: Readonly<Record<string, string | undefined>>) =>
  readKafkaSecurity(parseConfig(settings.check(...consistentKafkaSecurity), env));
