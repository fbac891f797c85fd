import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { OutboundRecord } from '../publish/outbound-record.js';

export interface DeadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaMessage;
  readonly reason: string;
}

/** Bytes kept of a record that is too large to be parked unchanged. */
const KEPT_BYTES = { key: 1_000, value: 100_000 };

/** The unchanged record with the reason and its origin, so that it can be read and sent again. */
export function toDeadLetterRecord(dead: DeadRecord, deadLetterTopic: string): OutboundRecord {
  return {
    topic: deadLetterTopic,
    message: {
      key: dead.record.key,
      value: dead.record.value,
      headers: {
        ...withoutNulls(dead.record.headers),
        dlq_reason: dead.reason.slice(0, 2_000),
        dlq_topic: dead.topic,
        dlq_partition: String(dead.partition),
        dlq_offset: dead.record.offset,
      },
    },
  };
}

/** kafkajs reads a header without a value as null, but cannot write null. */
const withoutNulls = (headers: IHeaders = {}): IHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']));

/**
 * Small enough for any broker, whichever part was large: keeps the beginning of key and value, and
 * the dlq_* headers. The complete record is still at the position that those headers name.
 */
export function shorten({ topic, message }: OutboundRecord): OutboundRecord {
  const { dlq_reason, dlq_topic, dlq_partition, dlq_offset } = message.headers ?? {};
  const value = Buffer.from(message.value ?? '');
  return {
    topic,
    message: {
      key: message.key === null ? null : Buffer.from(message.key).subarray(0, KEPT_BYTES.key),
      value: message.value === null ? null : value.subarray(0, KEPT_BYTES.value),
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
