import type { KafkaMessage } from 'kafkajs';
import { readEventHeaders } from '../../cloud-event.js';

/** A record of the dead-letter topic. A foreign producer may have written anything into it. */
export interface StoredDeadLetter {
  readonly position: string;
  /** When the topic stored the record. */
  readonly at: Date;
  /** Null if the consumer did not write the record. */
  readonly reason: string | null;
  /** Position of the record that could not be processed. Null if the consumer did not write it. */
  readonly origin: string | null;
  readonly key: string | null;
  readonly type: string | null;
  readonly messageId: string | null;
  /** The beginning of the value. Null for a tombstone. */
  readonly body: string | null;
  /** Size of the whole value in bytes if `body` is shortened, otherwise null. */
  readonly truncatedFrom: number | null;
}

/** Limits of a record's parts, in characters. */
export interface TextLimits {
  readonly body: number;
  /** Limit of each other part. */
  readonly other: number;
}

/** A record as kafkajs reads it, or as its patch replaces a batch that cannot be decoded. */
type FetchedRecord = KafkaMessage & { readonly decodeError?: string };

// A UTF-16 code unit takes at most three bytes of UTF-8.
const MAX_BYTES_PER_CHARACTER = 3;

/** Copies the beginning, because a slice would keep the whole text in memory. */
const shorten = (text: string, max: number) => Buffer.from(text.slice(0, max)).toString();

/** Decodes at most one character more than `max`, which shows that the text is longer. */
const decodeBeginning = (bytes: Buffer, max: number) =>
  bytes.toString('utf8', 0, (max + 1) * MAX_BYTES_PER_CHARACTER);

/** Reads a record of the dead-letter topic. Never throws. Keeps no reference to the fetched bytes. */
export function toStoredDeadLetter(
  topic: string,
  partition: number,
  record: FetchedRecord,
  max: TextLimits,
): StoredDeadLetter {
  const { key, value, decodeError } = record;
  const { id, type, headers } = readEventHeaders(record.headers);
  const { dlq_reason, dlq_topic, dlq_partition, dlq_offset, dlq_truncated_from = '' } = headers;
  const toText = (text: string | null | undefined) => (text == null ? null : shorten(text, max.other));
  const hasOrigin = dlq_topic !== undefined && dlq_partition !== undefined && dlq_offset !== undefined;
  const body = value && decodeBeginning(value, max.body);
  const fullSize = /^\d{1,15}$/.test(dlq_truncated_from) ? Number(dlq_truncated_from) : null;
  return {
    position: `${topic}/${partition}@${record.offset}`,
    at: new Date(Number(record.timestamp)),
    reason: toText(decodeError === undefined ? dlq_reason : `cannot be decoded: ${decodeError}`),
    origin: hasOrigin ? toText(`${dlq_topic}/${dlq_partition}@${dlq_offset}`) : null,
    key: key && toText(decodeBeginning(key, max.other)),
    type: toText(type),
    messageId: toText(id),
    body: body && shorten(body, max.body),
    truncatedFrom: fullSize ?? (body && body.length > max.body ? (value?.length ?? null) : null),
  };
}
