import { Decompress } from 'fzstd';
import { TooLargeError } from './bounded-output.js';

const FRAME_HEADER_DESCRIPTOR = 4;
const WINDOW_DESCRIPTOR = 5;
const SINGLE_SEGMENT = 0x20;

/** Decodes Zstandard frames. Node 20 has no decoder of its own. */
export function decompressZstd(data: Buffer, maxBytes: number): Buffer {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const decoder = new Decompress((chunk) => {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLargeError(maxBytes);
    chunks.push(chunk);
  });
  decoder.push(limitWindow(data, maxBytes), true);
  return Buffer.concat(chunks, bytes);
}

/**
 * Limits the memory that the frame's header asks for. The decoder allocates the window in advance,
 * up to 2 GB, but no back-reference reaches further than the data that may be decompressed.
 *
 * https://www.rfc-editor.org/rfc/rfc8878#name-frame-header
 */
function limitWindow(data: Buffer, maxBytes: number): Buffer {
  const descriptor = data[FRAME_HEADER_DESCRIPTOR] ?? 0;
  if ((descriptor & SINGLE_SEGMENT) !== 0) {
    // The window is the whole content, whose size is in the header.
    const sizeBytes = [1, 2, 4, 8][descriptor >> 6] ?? 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const at = FRAME_HEADER_DESCRIPTOR + 1 + dictionaryBytes;
    const size = sizeBytes === 8 ? Number(data.readBigUInt64LE(at)) : data.readUIntLE(at, sizeBytes);
    if (size > maxBytes) throw new TooLargeError(maxBytes);
    return data;
  }
  const largest = Math.ceil(Math.log2(maxBytes)) - 10;
  if ((data[WINDOW_DESCRIPTOR] ?? 0) >> 3 < largest) return data;
  const limited = Buffer.from(data);
  limited[WINDOW_DESCRIPTOR] = largest << 3;
  return limited;
}
