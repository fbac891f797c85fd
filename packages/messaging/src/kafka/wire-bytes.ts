import type { OutboundRecord } from './outbound-record.js';

/** Offsets, timestamp and lengths of one record, rounded up. */
const recordOverhead = 64;
const headerOverhead = 10;

/**
 * What a record takes in a batch, never less than it really does. Throws a TypeError for what
 * kafkajs could not write: there it would fail all records of the request.
 */
export function wireBytes({ message }: OutboundRecord): number {
  let bytes = recordOverhead + bytesOrNull(message.key) + bytesOrNull(message.value);
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      bytes += headerOverhead + Buffer.byteLength(name) + Buffer.byteLength(one as string | Buffer);
    }
  }
  return bytes;
}

const bytesOrNull = (value: string | Buffer | null) => (value === null ? 0 : Buffer.byteLength(value));
