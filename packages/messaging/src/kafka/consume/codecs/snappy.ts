import { BoundedOutput, CorruptDataError } from './bounded-output.js';

/** The Java client writes a sequence of Snappy blocks behind this magic and two version numbers. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_LENGTH = 16;

/**
 * Decodes Snappy blocks in the framing of the Java client (xerial/snappy-java), or one bare block
 * as other clients write it.
 */
export function decompressSnappy(data: Buffer, maxBytes: number): Buffer {
  const output = new BoundedOutput(maxBytes);
  if (!data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    decodeBlock(data, output);
    return output.toBuffer();
  }
  let at = XERIAL_HEADER_LENGTH;
  while (at < data.length) {
    const start = at + 4;
    const end = start + data.readInt32BE(at);
    if (end < start || end > data.length) throw new CorruptDataError('a Snappy block is incomplete');
    decodeBlock(data.subarray(start, end), output);
    at = end;
  }
  return output.toBuffer();
}

/** https://github.com/google/snappy/blob/main/format_description.txt */
function decodeBlock(block: Buffer, output: BoundedOutput): void {
  let at = 0;
  // Skips the length of the decompressed data.
  while (block.readUInt8(at) >= 128) at += 1;
  at += 1;
  while (at < block.length) {
    const tag = block.readUInt8(at);
    at += 1;
    const kind = tag & 3;
    if (kind === 0) {
      const lengthBytes = Math.max((tag >> 2) - 59, 0);
      const length = 1 + (lengthBytes === 0 ? tag >> 2 : block.readUIntLE(at, lengthBytes));
      at += lengthBytes;
      output.append(block, at, at + length);
      at += length;
    } else if (kind === 1) {
      output.repeat(((tag >> 5) << 8) | block.readUInt8(at), ((tag >> 2) & 7) + 4);
      at += 1;
    } else {
      const distanceBytes = kind === 2 ? 2 : 4;
      output.repeat(block.readUIntLE(at, distanceBytes), (tag >> 2) + 1);
      at += distanceBytes;
    }
  }
}
