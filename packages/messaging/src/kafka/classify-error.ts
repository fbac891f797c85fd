/**
 * What a failed call says.
 * - `refused`: the broker refuses one of the messages for what it is; the others could go.
 * - `stale`: a partition is not where it was: its leader has moved, or the topic is gone, as after a
 *   wiped disk. Looking again, and creating the topic if need be, may cure it at once.
 * - `thrown`: kafkajs itself stumbled, maybe over one of the messages, maybe over a broken connection.
 * - `unavailable`: not reachable, too few replicas, no permission: not the messages' fault.
 * - `failed`: anything else; the messages may or may not have arrived.
 */
export interface Failure {
  readonly kind: 'refused' | 'stale' | 'thrown' | 'unavailable' | 'failed';
  readonly reason: string;
}

/** Protocol error types, https://kafka.apache.org/protocol#protocol_error_codes */
const refused = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TOPIC_EXCEPTION',
]);
const stale = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);
const unavailable = new Set([
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
const unreachable = new Set([
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
 * Judges by the innermost cause: kafkajs wraps what it gave up on in an error that says
 * `retriable: false` even for a refused connection.
 */
export function classifyError(error: unknown): Failure {
  const cause = innermostCause(error);
  const type = textOf(cause, 'type');
  const reason = textOf(cause, 'message') || String(cause);
  if (refused.has(type)) return { kind: 'refused', reason: `${type}: ${reason}` };
  if (stale.has(type)) return { kind: 'stale', reason };
  const isUnavailable = unavailable.has(type) || unreachable.has(textOf(cause, 'name'));
  if (isUnavailable || isSystemError(cause)) return { kind: 'unavailable', reason };
  const isThrown = cause instanceof TypeError || cause instanceof RangeError;
  return { kind: isThrown ? 'thrown' : 'failed', reason };
}

export function innermostCause(error: unknown): unknown {
  const seen = new Set<unknown>();
  let current = error;
  while (current instanceof Error && current.cause && !seen.has(current)) {
    seen.add(current);
    current = current.cause;
  }
  return current;
}

/** ECONNREFUSED, ECONNRESET, EPIPE, ENOTFOUND ..., and none of node's own ERR_INVALID_ARG_TYPE and the like. */
function isSystemError(error: unknown): boolean {
  return /^E(?!RR_)[A-Z_]+$/.test(textOf(error, 'code'));
}

function textOf(error: unknown, field: 'type' | 'message' | 'name' | 'code'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value = (error as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
