import { describe, expect, it } from 'vitest';
import { deadLetterRecord, shortened } from './dead-letter-record.js';
import { wireBytes } from './wire-bytes.js';

const dead = (record: object) => ({
  topic: 'order-events',
  partition: 4,
  reason: 'no id',
  record: { key: null, value: null, timestamp: '0', attributes: 0, offset: '7', ...record } as never,
});
const ours = { dlq_reason: 'no id', dlq_topic: 'order-events', dlq_partition: '4', dlq_offset: '7' };

describe('a dead letter', () => {
  it('takes headers without a value, which kafkajs reads and does not write', () => {
    const parked = deadLetterRecord(dead({ headers: { a: null, b: Buffer.from('b') } }), 'dlq');

    expect(parked.message.headers).toEqual({ a: '', b: Buffer.from('b'), ...ours });
    expect(() => wireBytes(parked)).not.toThrow();
  });

  it('is short wherever the bytes of its record were', () => {
    const large = Buffer.alloc(1_000_000, 'x');
    const record = {
      key: large,
      value: large,
      headers: { pad: large, dlq_pad: large, dlq_topic: 'not yours' },
    };

    const short = shortened(deadLetterRecord(dead(record), 'dlq'));

    const { key, value, headers } = short.message;
    expect(key).toHaveLength(1_000);
    expect(value).toHaveLength(100_000);
    expect(headers).toEqual({ ...ours, dlq_truncated_from: '1000000' });
    expect(wireBytes(short)).toBeLessThan(102_000);
  });

  it('stays without key and value if it has none', () => {
    expect(shortened(deadLetterRecord(dead({}), 'dlq')).message).toMatchObject({ key: null, value: null });
  });
});
