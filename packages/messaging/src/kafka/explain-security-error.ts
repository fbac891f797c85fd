// Explains errors of TLS, SASL and ACLs by the setting or the permission to change.

const UNKNOWN_CA = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const OTHER_PROTOCOL = 'check that KAFKA_SECURITY_PROTOCOL matches the listener';
const PERMISSIONS: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED:
    'this login needs WRITE to send to the topic, READ to consume it, and CREATE if it does not exist',
  GROUP_AUTHORIZATION_FAILED: 'this login needs READ on the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'this login lacks a permission on the cluster',
  UNSUPPORTED_SASL_MECHANISM: 'check KAFKA_SASL_MECHANISM',
  ILLEGAL_SASL_STATE: `the listener uses no SASL; ${OTHER_PROTOCOL}`,
};
const DENIED = new Set(['SASL_AUTHENTICATION_FAILED', ...Object.keys(PERMISSIONS)]);

/** The fields of an error of kafkajs. An empty text replaces a missing field. */
export interface ErrorFields {
  readonly name: string;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

const isSaslError = ({ name }: ErrorFields) => name === 'KafkaJSSASLAuthenticationError';

/** True if the broker rejects the login or one of its requests. An operator can change this. */
export const isAccessDenied = (error: ErrorFields) => isSaslError(error) || DENIED.has(error.type);

/** Returns the reason and what to check, or null for an error of another kind. */
export function explainSecurityError(error: ErrorFields): string | null {
  const { name, type, code, message } = error;
  const permission = PERMISSIONS[type];
  if (permission !== undefined) return `${type}: ${message}; ${permission}`;
  if (UNKNOWN_CA.has(code)) {
    return `the broker's certificate is signed by an unknown CA (${code}); name the CA's file in KAFKA_SSL_CA_FILE`;
  }
  const [, alert] = /^ERR_SSL_\w+?_ALERT_(\w+)$/.exec(code) ?? [];
  if (alert !== undefined) {
    return `the broker rejects the TLS handshake (${alert}); check KAFKA_SSL_CERT_FILE and KAFKA_SSL_KEY_FILE`;
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || message.includes('before secure TLS connection')) {
    return `the broker ends the TLS handshake; ${OTHER_PROTOCOL}`;
  }
  if (isSaslError(error) && !message.includes('timed out')) {
    return `${message}; check KAFKA_SASL_USERNAME and the password`;
  }
  // A broker that shuts down causes this error too.
  if (name === 'KafkaJSConnectionClosedError') return `${message}; if this persists, ${OTHER_PROTOCOL}`;
  return null;
}
