import type { OutboundRecord } from './outbound-record.js';

/** Offsets, timestamp and lengths of one record, rounded up. */
const recordOverhead = 64;
const headerOverhead = 10;

/** What a record takes in a batch, never less than it really does. */
export function wireBytes({ message }: OutboundRecord): number {
  let bytes = recordOverhead + byteLength(message.key) + byteLength(message.value);
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      bytes += headerOverhead + byteLength(name) + byteLength(one);
    }
  }
  return bytes;
}

const byteLength = (value: string | Buffer | null | undefined) => (value ? Buffer.byteLength(value) : 0);
