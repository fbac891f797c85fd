import type { KafkaMessage } from 'kafkajs';
import type { OutboundRecord } from './outbound-record.js';

export interface DeadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaMessage;
  readonly reason: string;
}

/** What stays of a record that is too large to be parked with the further headers. */
const keptBytes = 100_000;

/** The record as it came, with why and where from: enough to read it, and to send it again. */
export function deadLetterRecord(dead: DeadRecord, deadLetterTopic: string): OutboundRecord {
  return {
    topic: deadLetterTopic,
    message: {
      key: dead.record.key,
      value: dead.record.value,
      headers: {
        ...dead.record.headers,
        dlq_reason: dead.reason.slice(0, 2000),
        dlq_topic: dead.topic,
        dlq_partition: String(dead.partition),
        dlq_offset: dead.record.offset,
      },
    },
  };
}

/** The same with the value's beginning only; the whole is still where dlq_topic ... dlq_offset say. */
export function shortened({ topic, message }: OutboundRecord): OutboundRecord {
  const value = Buffer.from(message.value ?? '');
  return {
    topic,
    message: {
      ...message,
      value: value.subarray(0, keptBytes),
      headers: { ...message.headers, dlq_truncated_from: String(value.length) },
    },
  };
}
