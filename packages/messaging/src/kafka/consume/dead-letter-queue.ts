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

export type DeadLetterQueue = ReturnType<typeof createDeadLetterQueue>;

export function createDeadLetterQueue(topic: string, options: TopicOptions) {
  const sender = createConfirmedSender(options);
  let last: Promise<void> = Promise.resolve();

  /** Returns the records that the broker rejected. */
  async function send(records: readonly OutboundRecord[]): Promise<OutboundRecord[]> {
    const outcomes = await sender.send(records);
    for (const outcome of outcomes) {
      if (outcome.status === 'failed' || outcome.status === 'unavailable') {
        throw new Error(`could not park dead letters: ${outcome.reason}`);
      }
    }
    return records.filter((_, index) => outcomes[index]?.status === 'rejected');
  }

  async function park(dead: readonly DeadRecord[]): Promise<void> {
    const tooLarge = await send(dead.map((record) => toDeadLetterRecord(record, topic)));
    const rejected = tooLarge.length === 0 ? [] : await send(tooLarge.map(shorten));
    if (rejected.length > 0) throw new Error(`Kafka rejects ${rejected.length} dead letters`);
    for (const { topic: from, partition, record, reason } of dead) {
      const position = `${from}/${partition}@${record.offset}`;
      options.logger.warn({ position, reason }, 'dead letter parked');
    }
  }

  return {
    /**
     * Copies the records to the dead-letter topic. Resolves once the broker has confirmed every
     * copy. Only then may the caller commit the offset. After a crash in between, the records are
     * copied again with the same dlq_offset. Calls run one at a time.
     */
    async park(dead: readonly DeadRecord[]): Promise<void> {
      if (dead.length === 0) return;
      const parked = last.then(() => park(dead));
      last = parked.catch(() => undefined);
      await parked;
    },
    close: sender.close,
  };
}

/** Copies the record unchanged and adds its origin and the reason. An operator can resend it. */
export function toDeadLetterRecord(dead: DeadRecord, deadLetterTopic: string): OutboundRecord {
  const { key, value, headers, offset } = dead.record;
  return {
    topic: deadLetterTopic,
    message: {
      key,
      value,
      headers: {
        ...withoutNulls(headers),
        dlq_reason: dead.reason.slice(0, 2_000),
        dlq_topic: dead.topic,
        dlq_partition: String(dead.partition),
        dlq_offset: offset,
      },
    },
  };
}

/** kafkajs reads a header without a value as null, but cannot write null. */
const withoutNulls = (headers: IHeaders = {}): IHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']));

/** How many bytes of a record are kept if it is too large to be parked unchanged. */
const KEPT_BYTES = { key: 1_000, value: 100_000 };

/**
 * Shortens a record so that any broker accepts it. Keeps the beginning of the key and the value,
 * and only the dlq_* headers. These name the position of the complete record.
 */
export function shorten({ topic, message }: OutboundRecord): OutboundRecord {
  const { dlq_reason, dlq_topic, dlq_partition, dlq_offset } = message.headers ?? {};
  const value = Buffer.from(message.value ?? '');
  const dlq_truncated_from = String(value.length);
  return {
    topic,
    message: {
      key: message.key === null ? null : Buffer.from(message.key).subarray(0, KEPT_BYTES.key),
      value: message.value === null ? null : value.subarray(0, KEPT_BYTES.value),
      headers: { dlq_reason, dlq_topic, dlq_partition, dlq_offset, dlq_truncated_from },
    },
  };
}
