import { describe, expect, it } from 'vitest';
import { classifyError } from './classify-error.js';

const protocolError = (type: string) =>
  Object.assign(new Error(`broker error ${type}`), { type, name: 'KafkaJSProtocolError' });

/** Like the error after kafkajs' last retry: the outermost one is marked as not retriable. */
const wrapped = (cause: Error) =>
  Object.assign(
    new Error('retries exceeded', {
      cause: Object.assign(new Error('wrapped', { cause }), { retriable: false }),
    }),
    {
      name: 'KafkaJSNumberOfRetriesExceeded',
      retriable: false,
    },
  );

describe('classifying a failed call by its innermost cause', () => {
  it.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD'])('%s: refused', (type) => {
    expect(classifyError(wrapped(protocolError(type)))).toEqual({
      kind: 'refused',
      reason: `${type}: broker error ${type}`,
      isTooLarge: type !== 'INVALID_RECORD',
      isDenied: false,
    });
  });

  it.each(['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION'])('%s: stale', (type) => {
    expect(classifyError(wrapped(protocolError(type))).kind).toBe('stale');
  });

  it.each([
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'REQUEST_TIMED_OUT',
    'TOPIC_AUTHORIZATION_FAILED',
    'INVALID_TIMESTAMP',
    'INVALID_TOPIC_EXCEPTION',
    'KAFKA_STORAGE_ERROR',
    'UNKNOWN',
    'POLICY_VIOLATION',
  ])('%s: blocked', (type) => {
    expect(classifyError(wrapped(protocolError(type))).kind).toBe('blocked');
  });

  it.each(['CLUSTER_AUTHORIZATION_FAILED', 'SASL_AUTHENTICATION_FAILED'])('%s: unavailable', (type) => {
    expect(classifyError(wrapped(protocolError(type))).kind).toBe('unavailable');
  });

  it('relay-clock: names the clock and the setting for INVALID_TIMESTAMP', () => {
    expect(classifyError(protocolError('INVALID_TIMESTAMP')).reason).toMatch(/clock.*LogAppendTime/);
  });

  it('finds the error of the topic that could not be created', () => {
    const errors = [
      Object.assign(protocolError('INVALID_REPLICATION_FACTOR'), { name: 'KafkaJSCreateTopicError' }),
    ];
    const error = Object.assign(new Error('Topic creation errors'), { errors });
    expect(classifyError(wrapped(error)).reason).toMatch(/^INVALID_REPLICATION_FACTOR: /);
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('timed out'), { name: 'KafkaJSRequestTimeoutError' }),
  ])('$message: unavailable', (error) => {
    expect(classifyError(wrapped(error))).toMatchObject({ kind: 'unavailable', reason: error.message });
  });

  it.each([
    new TypeError('not a string'),
    new RangeError('out of range'),
    Object.assign(new TypeError('no buffer'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('$name: thrown', (error) => {
    expect(classifyError(wrapped(error))).toMatchObject({ kind: 'thrown', reason: error.message });
  });

  it.each([new Error('who knows'), 'a string', null, undefined])('%s: failed', (error) => {
    expect(classifyError(error).kind).toBe('failed');
  });

  it('terminates on circular causes', () => {
    const error = new Error('round');
    error.cause = error;
    expect(classifyError(error)).toMatchObject({ kind: 'failed', reason: 'round' });
  });
});
