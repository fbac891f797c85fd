import { Decompress } from 'fzstd';
import { CorruptDataError, TooLargeError } from './bounded-output.js';

const FRAME_HEADER_DESCRIPTOR = 4;
const WINDOW_DESCRIPTOR = 5;
const SINGLE_SEGMENT = 0x20;
const CHECKSUM_LENGTH = 4;

/**
 * Limit of the bytes that the decoder copies. It copies its whole window for each block, even for a
 * small block. A legitimate batch of 16 MB with the largest window needs 2 GB. 4 GB take less than
 * a second.
 */
const MAX_MOVED_BYTES = 4 * 1024 ** 3;

/**
 * Decodes one Zstandard frame. Kafka's producers write one frame for each batch. Node 20 has no
 * decoder of its own. Further frames are refused, because each could request a window of 2 GB.
 */
export function decompressZstd(data: Buffer, maxBytes: number): Buffer {
  const { frame, windowBytes } = limitWindow(data, maxBytes);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const decoder = new Decompress((chunk) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBytes) throw new TooLargeError(maxBytes);
    if (chunks.length * windowBytes > MAX_MOVED_BYTES) throw new CorruptDataError('too many small blocks');
  });
  const push = decoder.push.bind(decoder);
  // The decoder calls itself with the data behind the first frame.
  decoder.push = (rest) => {
    if (rest.length > CHECKSUM_LENGTH) throw new CorruptDataError('more than one Zstandard frame');
  };
  push(frame, true);
  return Buffer.concat(chunks, bytes);
}

/**
 * Limits the window that the frame's header requests. The decoder allocates the window in advance,
 * up to 2 GB, but a back-reference reaches at most `maxBytes`, the limit of the output.
 *
 * https://www.rfc-editor.org/rfc/rfc8878#name-frame-header
 */
function limitWindow(data: Buffer, maxBytes: number): { frame: Buffer; windowBytes: number } {
  const descriptor = data[FRAME_HEADER_DESCRIPTOR] ?? 0;
  if ((descriptor & SINGLE_SEGMENT) !== 0) {
    // The window is the whole content, whose size is in the header.
    const sizeBytes = [1, 2, 4, 8][descriptor >> 6] ?? 1;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const at = FRAME_HEADER_DESCRIPTOR + 1 + dictionaryBytes;
    const size = sizeBytes === 8 ? Number(data.readBigUInt64LE(at)) : data.readUIntLE(at, sizeBytes);
    if (size > maxBytes) throw new TooLargeError(maxBytes);
    return { frame: data, windowBytes: size };
  }
  // Exponent and eighths of the window's size, so a larger byte is a larger window.
  const largest = (Math.ceil(Math.log2(maxBytes)) - 10) << 3;
  const window = Math.min(data[WINDOW_DESCRIPTOR] ?? 0, largest);
  const frame = Buffer.from(data);
  frame[WINDOW_DESCRIPTOR] = window;
  return { frame, windowBytes: 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8) };
}
