import { BoundedOutput, CorruptDataError } from './bounded-output.js';

const MAGIC = 0x184d2204;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
/** A length of 15 in a token continues in the following bytes. */
const CONTINUED = 15;
const MIN_MATCH = 4;

/**
 * Decodes an LZ4 frame, the format that Kafka uses. Checksums of the frame are not verified,
 * because the broker has verified the checksum of the batch.
 *
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function decompressLz4(frame: Buffer, maxBytes: number): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new CorruptDataError('no LZ4 frame');
  const flags = frame.readUInt8(4);
  const hasDictionary = (flags & 0x01) !== 0;
  if (flags >> 6 !== 1 || hasDictionary) throw new CorruptDataError('unknown LZ4 frame version');
  const contentSizeLength = (flags & 0x08) !== 0 ? 8 : 0;
  const blockChecksumLength = (flags & 0x10) !== 0 ? 4 : 0;
  const output = new BoundedOutput(maxBytes);
  let at = 7 + contentSizeLength;
  for (;;) {
    if (at + 4 > frame.length) throw new CorruptDataError('the LZ4 frame is incomplete');
    const header = frame.readUInt32LE(at);
    if (header === 0) return output.toBuffer();
    const start = at + 4;
    const end = start + (header & ~UNCOMPRESSED_BLOCK);
    if (end > frame.length) throw new CorruptDataError('an LZ4 block is incomplete');
    if (header >= UNCOMPRESSED_BLOCK) output.append(frame, start, end);
    else decodeBlock(frame.subarray(start, end), output);
    at = end + blockChecksumLength;
  }
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function decodeBlock(block: Buffer, output: BoundedOutput): void {
  let at = 0;
  const readLength = (start: number) => {
    let length = start;
    if (start !== CONTINUED) return length;
    for (;;) {
      const next = block.readUInt8(at);
      at += 1;
      length += next;
      if (next !== 255) return length;
    }
  };
  while (at < block.length) {
    const token = block.readUInt8(at);
    at += 1;
    const literals = readLength(token >> 4);
    output.append(block, at, at + literals);
    at += literals;
    // The last sequence consists of literals only.
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    output.repeat(distance, readLength(token & 15) + MIN_MATCH);
  }
}
