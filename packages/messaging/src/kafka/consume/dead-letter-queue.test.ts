import { describe, expect, it } from 'vitest';
import { recordSize } from '../publish/outbound-record.js';
import { shorten, toDeadLetterRecord } from './dead-letter-queue.js';

const dead = (record: object) => ({
  topic: 'order-events',
  partition: 4,
  reason: 'no id',
  record: { key: null, value: null, timestamp: '0', attributes: 0, offset: '7', ...record } as never,
});
const ours = { dlq_reason: 'no id', dlq_topic: 'order-events', dlq_partition: '4', dlq_offset: '7' };

describe('a dead letter', () => {
  it('accepts headers without a value, which kafkajs reads but cannot write', () => {
    const parked = toDeadLetterRecord(
      dead({ headers: { a: null, b: Buffer.from('b'), c: [null, 'c'] } }),
      'dlq',
    );

    expect(parked.message.headers).toEqual({
      a: Buffer.alloc(0),
      b: Buffer.from('b'),
      c: [Buffer.alloc(0), 'c'],
      ...ours,
    });
    expect(() => recordSize(parked)).not.toThrow();
  });

  it('is small after shortening, whether its key, value or headers were large', () => {
    const large = Buffer.alloc(1_000_000, 'x');
    const record = {
      key: large,
      value: large,
      headers: { pad: large, dlq_pad: large, dlq_topic: 'not yours' },
    };

    const short = shorten(toDeadLetterRecord(dead(record), 'dlq'), 100_000);

    const { key, value, headers } = short.message;
    expect(key).toHaveLength(1_000);
    expect(value).toHaveLength(100_000);
    expect(headers).toEqual({ ...ours, dlq_truncated_from: '1000000' });
    expect(recordSize(short)).toBeLessThan(102_000);
  });

  it('does not share memory with its fetch', () => {
    const fetched = Buffer.from('key value header');
    const record = {
      key: fetched.subarray(0, 3),
      value: fetched.subarray(4, 9),
      headers: { h: fetched.subarray(10) },
    };

    const { key, value, headers } = toDeadLetterRecord(dead(record), 'dlq').message;
    fetched.fill(0);

    expect([key, value, headers?.h].map(String)).toEqual(['key', 'value', 'header']);
  });

  it('keeps a null key and value when shortened', () => {
    expect(shorten(toDeadLetterRecord(dead({}), 'dlq'), 100_000).message).toMatchObject({
      key: null,
      value: null,
    });
  });
});
