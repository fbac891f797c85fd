import { explainSecurityError, isAccessDenied } from './explain-security-error.js';

/**
 * The meaning of a failed call.
 * - `refused`: the broker refuses at least one message because of its content.
 * - `stale`: a partition has a new leader, or the topic is gone, for example after a disk was
 *   wiped. Refreshing the metadata or creating the topic may fix it at once.
 * - `blocked`: the broker answers but accepts no messages for a partition or topic, for example
 *   because of too few replicas, a missing permission or a setting. No message is at fault.
 * - `thrown`: kafkajs itself threw, possibly because of one message or a broken connection.
 * - `unavailable`: the broker is unreachable or denies access to the cluster.
 * - `failed`: anything else; the messages may or may not have arrived.
 */
export interface Failure {
  readonly kind: 'refused' | 'stale' | 'blocked' | 'thrown' | 'unavailable' | 'failed';
  readonly reason: string;
  /** True if the broker refuses the size of a message or of the whole request. */
  readonly isTooLarge: boolean;
  /** True if the broker rejects the login or a request for which the login has no permission. */
  readonly isDenied: boolean;
}

/** Protocol error types, https://kafka.apache.org/protocol#protocol_error_codes */
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const INVALID = 'INVALID_RECORD';
const STALE = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const NO_ACCESS = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'ILLEGAL_SASL_STATE',
  'UNSUPPORTED_SASL_MECHANISM',
  'UNSUPPORTED_VERSION',
  'NOT_CONTROLLER',
]);
const HINTS: Readonly<Record<string, string>> = {
  INVALID_TIMESTAMP: "; check this host's clock, or set the topic's message.timestamp.type=LogAppendTime",
  NOT_ENOUGH_REPLICAS: '; brokers are down, or min.insync.replicas is higher than the number of replicas',
};
const UNREACHABLE_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSLockTimeout',
  'KafkaJSSASLAuthenticationError',
  'TimeoutError',
]);

/**
 * Classifies an error by its innermost cause. After its last retry kafkajs wraps the error in one
 * that is marked `retriable: false`, even for a refused connection.
 */
export function classifyError(error: unknown): Failure {
  const cause = innermostCause(error);
  const type = textField(cause, 'type');
  const name = textField(cause, 'name');
  const message = textField(cause, 'message') || String(cause);
  const fields = { name, type, code: textField(cause, 'code'), message };
  const explanation = explainSecurityError(fields);
  const reason = explanation ?? message;
  const failure = (kind: Failure['kind'], text = reason): Failure => ({
    kind,
    reason: text,
    isTooLarge: TOO_LARGE.has(type),
    isDenied: isAccessDenied(fields),
  });
  if (TOO_LARGE.has(type) || type === INVALID) return failure('refused', `${type}: ${reason}`);
  if (STALE.has(type)) return failure('stale');
  if (NO_ACCESS.has(type) || UNREACHABLE_NAMES.has(name) || isSystemError(cause))
    return failure('unavailable');
  // No other answer of the broker proves that a message is at fault.
  if (name === 'KafkaJSProtocolError' || name === 'KafkaJSCreateTopicError') {
    const text = explanation ?? `${type}: ${reason}${HINTS[type] ?? ''}`;
    const topic = textField(error, 'topic');
    return failure('blocked', topic ? `topic ${topic}: ${text}` : text);
  }
  return failure(cause instanceof TypeError || cause instanceof RangeError ? 'thrown' : 'failed');
}

/** Returns why a call failed and, for an error of TLS, SASL or permissions, what to check. */
export const explainKafkaError = (error: unknown): string => classifyError(error).reason;

function innermostCause(error: unknown): unknown {
  const seen = new Set<unknown>();
  let current = error;
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current);
    // Creating topics fails with one error per topic.
    const [first]: readonly unknown[] =
      'errors' in current && Array.isArray(current.errors) ? current.errors : [];
    const cause = current.cause ?? first;
    if (!cause) break;
    current = cause;
  }
  return current;
}

/** True for codes such as ECONNREFUSED, EPIPE and ENOTFOUND, but not for Node's own ERR_* codes. */
function isSystemError(error: unknown): boolean {
  return /^E(?!RR_)[A-Z_]+$/.test(textField(error, 'code'));
}

function textField(error: unknown, field: 'type' | 'message' | 'name' | 'code' | 'topic'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
