import type { IHeaders, KafkaMessage } from 'kafkajs';
import { createConfirmedSender } from '../publish/confirmed-sender.js';
import type { OutboundRecord } from '../publish/outbound-record.js';
import type { TopicOptions } from '../topics/ensure-topics.js';

/** A record that cannot be processed. */
export interface DeadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly record: KafkaMessage;
  readonly reason: string;
}

/**
 * How many bytes of the value are kept if the broker rejects the whole record, by attempt. The last
 * size fits into any sensible limit (see `isolateOffenders`).
 */
const KEPT_VALUE_BYTES = [100_000, 1_000];
/** How many bytes of the key are kept in this case. */
const KEPT_KEY_BYTES = 1_000;

export function createDeadLetterQueue(options: TopicOptions) {
  const sender = createConfirmedSender(options);
  return {
    /**
     * Stores the records. Shortens records that are too large for the topic. Calls must not
     * overlap. Returns one item per record: null if the broker has confirmed it, otherwise the
     * reason.
     */
    async park(records: readonly OutboundRecord[]): Promise<(string | null)[]> {
      const reasons = new Map<OutboundRecord, string | null>();
      let open = records;
      for (const kept of [Number.POSITIVE_INFINITY, ...KEPT_VALUE_BYTES]) {
        if (open.length === 0) break;
        const outcomes = await sender.send(open.map((record) => shorten(record, kept)));
        const rejected: OutboundRecord[] = [];
        open.forEach((record, at) => {
          const outcome = outcomes[at] ?? { status: 'failed', reason: 'the sender reported no outcome' };
          reasons.set(record, outcome.status === 'acknowledged' ? null : outcome.reason);
          if (outcome.status === 'rejected') rejected.push(record);
        });
        open = rejected;
      }
      return records.map((record) => reasons.get(record) ?? null);
    },
    close: sender.close,
  };
}

/**
 * Copies the record unchanged, so that an operator can resend it, and adds its origin and the
 * reason. The bytes are copied, because the record shares the memory of the whole fetch.
 */
export function toDeadLetterRecord(dead: DeadRecord, deadLetterTopic: string): OutboundRecord {
  const { key, value, headers, offset } = dead.record;
  return {
    topic: deadLetterTopic,
    message: {
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: {
        ...copyHeaders(headers),
        dlq_reason: dead.reason.slice(0, 2_000),
        dlq_topic: dead.topic,
        dlq_partition: String(dead.partition),
        dlq_offset: offset,
      },
    },
  };
}

/** kafkajs reads a header without a value as null, but cannot write null. */
function copyHeaders(headers: IHeaders = {}): IHeaders {
  const copy = (value: Buffer | string | undefined) =>
    typeof value === 'string' ? value : Buffer.from(value ?? '');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(copy) : copy(value),
    ]),
  );
}

/**
 * Shortens a record so that the topic accepts it. Keeps the beginning of the key and the value, and
 * only the dlq_* headers. These name the position of the complete record.
 */
export function shorten(record: OutboundRecord, valueBytes: number): OutboundRecord {
  if (valueBytes === Number.POSITIVE_INFINITY) return record;
  const { key, value, headers = {} } = record.message;
  const { dlq_reason, dlq_topic, dlq_partition, dlq_offset } = headers;
  const bytes = Buffer.from(value ?? '');
  return {
    topic: record.topic,
    message: {
      key: key === null ? null : Buffer.from(key).subarray(0, KEPT_KEY_BYTES),
      value: value === null ? null : bytes.subarray(0, valueBytes),
      headers: {
        dlq_reason,
        dlq_topic,
        dlq_partition,
        dlq_offset,
        dlq_truncated_from: String(bytes.length),
      },
    },
  };
}
