import type { Message } from 'kafkajs';

export interface OutboundRecord {
  readonly topic: string;
  readonly message: Message & { readonly key: string | Buffer | null };
}

/** Offsets, timestamp and lengths of one record, rounded up. */
const RECORD_OVERHEAD = 64;
const HEADER_OVERHEAD = 10;

/**
 * Returns an upper bound of the record's size in a batch, in bytes.
 *
 * @throws TypeError for a record that kafkajs cannot write
 */
export function recordSize({ message }: OutboundRecord): number {
  let bytes = RECORD_OVERHEAD + byteLength(message.key) + byteLength(message.value);
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      bytes += HEADER_OVERHEAD + Buffer.byteLength(name) + Buffer.byteLength(one as string | Buffer);
    }
  }
  return bytes;
}

const byteLength = (value: string | Buffer | null) => (value === null ? 0 : Buffer.byteLength(value));
