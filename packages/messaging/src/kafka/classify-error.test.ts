import { describe, expect, it } from 'vitest';
import { classifyError } from './classify-error.js';

const protocolError = (type: string) =>
  Object.assign(new Error(`says ${type}`), { type, name: 'KafkaJSProtocolError' });

/** As kafkajs gives up: the outermost error says that nothing is to be retried. */
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

describe('judging a failed call by its innermost cause', () => {
  it.each(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TOPIC_EXCEPTION'])(
    'blames a message for %s',
    (type) => {
      expect(classifyError(wrapped(protocolError(type)))).toEqual({
        kind: 'refused',
        reason: `${type}: says ${type}`,
      });
    },
  );

  it.each(['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION'])('looks again after %s', (type) => {
    expect(classifyError(wrapped(protocolError(type))).kind).toBe('stale');
  });

  it.each([
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'REQUEST_TIMED_OUT',
    'TOPIC_AUTHORIZATION_FAILED',
  ])('blames no message for %s', (type) => {
    expect(classifyError(wrapped(protocolError(type))).kind).toBe('unavailable');
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('timed out'), { name: 'KafkaJSRequestTimeoutError' }),
    Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' }),
  ])('takes $message for an outage', (error) => {
    expect(classifyError(wrapped(error))).toEqual({ kind: 'unavailable', reason: error.message });
  });

  it.each([
    new TypeError('not a string'),
    new RangeError('out of range'),
    Object.assign(new TypeError('no buffer'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('does not know whether a message is to blame for a $name', (error) => {
    expect(classifyError(wrapped(error))).toEqual({ kind: 'thrown', reason: error.message });
  });

  it.each([new Error('who knows'), 'a string', null, undefined])('leaves open what %s means', (error) => {
    expect(classifyError(error).kind).toBe('failed');
  });

  it('ends on causes that go in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(classifyError(error)).toEqual({ kind: 'failed', reason: 'round' });
  });
});
