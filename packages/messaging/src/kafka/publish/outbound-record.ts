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
  const headers = message.headers ?? {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) bytes += headerSize(name, one);
    else bytes += headerSize(name, value as string | Buffer);
  }
  return bytes;
}

const headerSize = (name: string, value: string | Buffer) =>
  HEADER_OVERHEAD + Buffer.byteLength(name) + Buffer.byteLength(value);
const byteLength = (value: string | Buffer | null) => (value === null ? 0 : Buffer.byteLength(value));
