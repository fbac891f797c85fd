import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { OutboundRecord } from './outbound-record.js';

export interface DeadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaMessage;
  readonly reason: string;
}

/** What stays of a record that can't be parked as it came. */
const kept = { key: 1_000, value: 100_000 };

/** The record as it came, with why and where from: enough to read it, and to send it again. */
export function deadLetterRecord(dead: DeadRecord, deadLetterTopic: string): OutboundRecord {
  return {
    topic: deadLetterTopic,
    message: {
      key: dead.record.key,
      value: dead.record.value,
      headers: {
        ...writable(dead.record.headers),
        dlq_reason: dead.reason.slice(0, 2000),
        dlq_topic: dead.topic,
        dlq_partition: String(dead.partition),
        dlq_offset: dead.record.offset,
      },
    },
  };
}

/** kafkajs reads a header without a value as null, which it can't write. */
const writable = (headers: IHeaders = {}): IHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']));

/**
 * Small enough for any broker, wherever the bytes were: the beginning of key and value, and of the
 * headers those of ours. The whole is still where dlq_topic ... dlq_offset say.
 */
export function shortened({ topic, message }: OutboundRecord): OutboundRecord {
  const { dlq_reason, dlq_topic, dlq_partition, dlq_offset } = message.headers ?? {};
  const value = Buffer.from(message.value ?? '');
  return {
    topic,
    message: {
      key: message.key === null ? null : Buffer.from(message.key).subarray(0, kept.key),
      value: message.value === null ? null : value.subarray(0, kept.value),
      headers: {
        dlq_reason,
        dlq_topic,
        dlq_partition,
        dlq_offset,
        dlq_truncated_from: String(value.length),
      },
    },
  };
}
