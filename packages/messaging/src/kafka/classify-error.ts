/**
 * The meaning of a failed call.
 * - `refused`: the broker refuses at least one message because of its content.
 * - `stale`: a partition has a new leader, or the topic is gone, for example after a disk was
 *   wiped. Refreshing the metadata or creating the topic may fix it at once.
 * - `thrown`: kafkajs itself threw, possibly because of one message or a broken connection.
 * - `unavailable`: no message can be stored: broker unreachable, too few replicas or no permission.
 * - `failed`: anything else; the messages may or may not have arrived.
 */
interface Failure {
  readonly kind: 'refused' | 'stale' | 'thrown' | 'unavailable' | 'failed';
  readonly reason: string;
}

/** Protocol error types, https://kafka.apache.org/protocol#protocol_error_codes */
const REFUSED = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TOPIC_EXCEPTION',
]);
const STALE = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const UNAVAILABLE = new Set([
  'REQUEST_TIMED_OUT',
  'BROKER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NOT_CONTROLLER',
  'KAFKA_STORAGE_ERROR',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);
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
]);

/**
 * Classifies an error by its innermost cause. After its last retry kafkajs wraps the error in one
 * that is marked `retriable: false`, even for a refused connection.
 */
export function classifyError(error: unknown): Failure {
  const cause = innermostCause(error);
  const type = textField(cause, 'type');
  const reason = textField(cause, 'message') || String(cause);
  if (REFUSED.has(type)) return { kind: 'refused', reason: `${type}: ${reason}` };
  if (STALE.has(type)) return { kind: 'stale', reason };
  const isUnavailable = UNAVAILABLE.has(type) || UNREACHABLE_NAMES.has(textField(cause, 'name'));
  if (isUnavailable || isSystemError(cause)) return { kind: 'unavailable', reason };
  const isThrown = cause instanceof TypeError || cause instanceof RangeError;
  return { kind: isThrown ? 'thrown' : 'failed', reason };
}

function innermostCause(error: unknown): unknown {
  const seen = new Set<unknown>();
  let current = error;
  while (current instanceof Error && current.cause && !seen.has(current)) {
    seen.add(current);
    current = current.cause;
  }
  return current;
}

/** True for codes such as ECONNREFUSED, EPIPE and ENOTFOUND, but not for Node's own ERR_* codes. */
function isSystemError(error: unknown): boolean {
  return /^E(?!RR_)[A-Z_]+$/.test(textField(error, 'code'));
}

function textField(error: unknown, field: 'type' | 'message' | 'name' | 'code'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
