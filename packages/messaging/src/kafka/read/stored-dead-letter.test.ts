import type { KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toDeadLetterRecord } from '../consume/dead-letter-queue.js';
import { toStoredDeadLetter } from './stored-dead-letter.js';

type Fields = Partial<Pick<KafkaMessage, 'key' | 'value' | 'headers'>> & { readonly decodeError?: string };

const record = (fields: Fields) => ({
  key: null,
  value: null,
  timestamp: '1767225600000',
  attributes: 0,
  offset: '17',
  headers: {},
  ...fields,
});
const read = (fields: Fields = {}, max = { body: 10, other: 20 }) =>
  toStoredDeadLetter('events.dlq', 0, record(fields), max);
const readBody = (value: Buffer | null) => {
  const { body, truncatedFrom } = read({ value });
  return [body, truncatedFrom];
};

describe('a stored dead letter', () => {
  it('has the origin and the reason that the consumer wrote, and the parts of the event', () => {
    const dead = record({
      key: Buffer.from('key'),
      value: Buffer.from('{"a":1}'),
      headers: { ce_id: 'id', ce_type: 'type' },
    });
    const { message } = toDeadLetterRecord(
      { topic: 'events', partition: 3, record: dead, reason: 'no usable id' },
      'events.dlq',
    );
    const { key, value, headers } = message;
    const stored = { key: key as Buffer, value: value as Buffer, headers: headers ?? {} };
    expect(read(stored)).toEqual({
      position: 'events.dlq/0@17',
      at: new Date('2026-01-01T00:00:00.000Z'),
      reason: 'no usable id',
      origin: 'events/3@17',
      key: 'key',
      type: 'type',
      messageId: 'id',
      body: '{"a":1}',
      truncatedFrom: null,
    });
  });

  it('has nulls if a foreign producer wrote a tombstone', () => {
    const nothing = { reason: null, origin: null, key: null, type: null, messageId: null, body: null };
    expect(read({ headers: { dlq_topic: 'events' } })).toMatchObject({ ...nothing, truncatedFrom: null });
  });

  it.each([
    ['an empty body', Buffer.from(''), ['', null]],
    ['a body of the limit', Buffer.from('0123456789'), ['0123456789', null]],
    ['a longer body', Buffer.from('0123456789a'), ['0123456789', 11]],
    ['a body of the limit in four bytes a character', Buffer.from('😀😀😀😀😀'), ['😀😀😀😀😀', null]],
    ['a longer body in three bytes a character', Buffer.from('你'.repeat(11)), ['你'.repeat(10), 33]],
    ['a character that the limit splits', Buffer.from('012345678😀'), ['012345678\ufffd', 13]],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0xe4, 0xbd]), ['a\ufffd\ufffd\ufffd', null]],
    ['many bytes that are not UTF-8', Buffer.alloc(5_000, 0xf0), ['\ufffd'.repeat(10), 5_000]],
  ])('shows %s', (_name, value, expected) => {
    expect(readBody(value)).toEqual(expected);
  });

  it('has the size of the record before the consumer shortened it', () => {
    const value = Buffer.from('012');
    expect(read({ value, headers: { dlq_truncated_from: '50000' } }).truncatedFrom).toBe(50_000);
    expect(read({ value, headers: { dlq_truncated_from: 'x' } }).truncatedFrom).toBeNull();
  });

  it('shortens every part that a foreign producer may have written', () => {
    const long = 'x'.repeat(100);
    const headers = {
      ce_id: long,
      ce_type: long,
      dlq_reason: long,
      dlq_topic: long,
      dlq_partition: '0',
      dlq_offset: '1',
    };
    const { key, type, messageId, reason, origin } = read({ key: Buffer.from(long), headers });
    for (const text of [key, type, messageId, reason, origin]) expect(text).toBe('x'.repeat(20));
  });

  it('has the error of a batch that cannot be decoded as its reason', () => {
    expect(read({ decodeError: 'bad crc' }).reason).toBe('cannot be decoded: b');
  });
});
